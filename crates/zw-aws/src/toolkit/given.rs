//! Arguments as the SDK takes them: what is not given, or given as nothing, is `None`.

use aws_smithy_types::error::operation::BuildError;
use zw_provider::{OpError, OpErrorKind, OpResult, View};

/// More ways to look at attributes.
pub(crate) trait Given {
    /// A text that is not empty.
    fn text(&self, name: &str) -> Option<String>;

    /// One of the words of an API.
    fn word<T: for<'a> From<&'a str>>(&self, name: &str) -> Option<T>;

    /// Texts, unless there are none.
    fn texts(&self, name: &str) -> Option<Vec<String>>;

    /// Words of an API, unless there are none.
    fn words<T: for<'a> From<&'a str>>(&self, name: &str) -> Option<Vec<T>>;

    /// `true` or `false` as a text: how Terraform's provider tells "not given" from `false`.
    fn truth(&self, name: &str) -> Option<bool>;

    /// A whole number that is not zero.
    fn count(&self, name: &str) -> Option<i32>;

    /// Any number.
    fn f64(&self, name: &str) -> Option<f64>;

    /// A text, number or truth as services take them that keep attributes as a map of texts.
    fn as_text(&self, name: &str) -> Option<String>;
}

impl Given for View<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.string(name).filter(|text| !text.is_empty())
    }

    fn word<T: for<'a> From<&'a str>>(&self, name: &str) -> Option<T> {
        self.str(name).filter(|text| !text.is_empty()).map(T::from)
    }

    fn texts(&self, name: &str) -> Option<Vec<String>> {
        Some(self.strings(name)).filter(|texts| !texts.is_empty())
    }

    fn words<T: for<'a> From<&'a str>>(&self, name: &str) -> Option<Vec<T>> {
        let texts = self.texts(name)?;
        Some(texts.iter().map(|text| T::from(text)).collect())
    }

    fn truth(&self, name: &str) -> Option<bool> {
        match self.str(name)? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    fn count(&self, name: &str) -> Option<i32> {
        self.i32(name).filter(|count| *count != 0)
    }

    fn f64(&self, name: &str) -> Option<f64> {
        Some(self.get(name)?.as_number()?.to_f64())
    }

    fn as_text(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        if let Some(truth) = value.as_bool() {
            return Some(truth.to_string());
        }
        value.as_i64().map(|number| number.to_string()).or_else(|| self.string(name))
    }
}

/// An object of the SDK that its builder may find incomplete.
pub(crate) trait Complete<T> {
    /// The object.
    fn complete(self) -> OpResult<T>;
}

impl<T> Complete<T> for Result<T, BuildError> {
    fn complete(self) -> OpResult<T> {
        self.map_err(|error| OpError::new(OpErrorKind::Invalid, format!("{error}.")))
    }
}

/// What an answer has to have.
pub(crate) trait Promised<T> {
    /// It, or an error that names it.
    fn promised(self, what: &str) -> OpResult<T>;
}

impl<T> Promised<T> for Option<T> {
    fn promised(self, what: &str) -> OpResult<T> {
        self.ok_or_else(|| {
            OpError::new(OpErrorKind::Other, format!("The service's answer has no {what}."))
        })
    }
}

/// Sets of a builder of the SDK what attributes give: `setter = how "attribute"`, where how is a method of
/// [`View`] or [`Given`].
macro_rules! fill {
    ($builder:expr, $view:expr, $($set:ident = $how:ident $name:literal),+ $(,)?) => {
        $builder$(.$set($view.$how($name)))+
    };
}
pub(crate) use fill;

/// An object of the SDK from attributes.
macro_rules! build {
    ($type:ident, $view:expr, $($rest:tt)+) => {
        crate::toolkit::fill!($type::builder(), $view, $($rest)+).build()
    };
}
pub(crate) use build;
