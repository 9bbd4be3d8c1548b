//! Arguments as the SDK takes them: what is not given, or given as nothing, is `None`.

use zw_provider::View;

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
