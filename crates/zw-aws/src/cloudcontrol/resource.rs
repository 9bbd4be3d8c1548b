//! `aws_cloudcontrolapi_resource`: an object of any type that CloudFormation knows.

use serde_json::Value as Json;
use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Equality, Schema};
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use super::types;
use crate::toolkit::validate::{arn, json};
use crate::toolkit::{changes, computed, forget, optional, required, timeouts_block};

pub(super) fn schema() -> Schema {
    Schema::new(
        "An object of any type that CloudFormation knows, through the Cloud Control API.",
        [
            computed("id", Type::String, "The object's primary identifier."),
            computed("properties", Type::String, "The object as it is, as JSON."),
            required("desired_state", Type::String, "The object as it is to be, as JSON.")
                .equality(Equality::Json)
                .validate(json),
            optional(
                "role_arn",
                Type::String,
                "The ARN of the role with which Cloud Control works on the object.",
            )
            .validate(arn),
            optional(
                "schema",
                Type::String,
                "The type's schema as JSON, if it is a type of one's own: what cannot be changed is taken from it.",
            )
            .validate(json)
            .sensitive(),
            required("type_name", Type::String, "The type, as `AWS::Logs::LogGroup`.").force_new(),
            optional(
                "type_version_id",
                Type::String,
                "The version of a type that is no public one.",
            ),
        ],
        [timeouts_block(&["create", "update", "delete"])],
    )
    .import_id("type_name,identifier")
}

/// A type that nobody knows is a slip, unless it is one of somebody's own.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    let config = View::new(config);
    let Some(name) = config.str("type_name") else { return Vec::new() };
    let is_own = config.get("schema").is_some_and(|schema| !schema.is_null());
    let is_public = ["AWS::", "Alexa::"].iter().any(|vendor| name.starts_with(vendor));
    if is_own || !is_public || types::of_name(name).is_some() {
        return Vec::new();
    }
    let hint = zw_lang::suggest(name, types::names());
    let message = format!("there is no type {name:?} in the Cloud Control API.{hint}");
    vec![OpError::invalid(Path::attr_of_root("type_name"), message)]
}

/// What cannot be changed means a new object.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    if !changes(&request, &["desired_state"]) {
        return Ok(Planned::unchanged(request.planned.clone()));
    }
    let planned = forget(&request, request.planned, &["properties"]);
    let (prior, new) = (document(request.prior), document(request.planned));
    let is_fixed = match (prior, new) {
        (Some(prior), Some(new)) => {
            let differs = |path: &String| at(&prior, path) != at(&new, path);
            create_only(View::new(request.planned)).iter().any(differs)
        }
        // What is not known yet may be anything.
        _ => false,
    };
    let force_new = is_fixed.then(|| Path::attr_of_root("desired_state"));
    Ok(Planned { planned, force_new: force_new.into_iter().collect() })
}

/// The desired state, as far as it is known.
fn document(object: &Value) -> Option<Json> {
    serde_json::from_str(View::new(object).str("desired_state")?).ok()
}

/// What is at a path of names with `/` between them.
fn at<'a>(document: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('/').try_fold(document, |inner, name| inner.get(name))
}

/// Paths of properties that cannot be changed: by the schema that is given, or else by what CloudFormation publishes.
fn create_only(planned: View<'_>) -> Vec<String> {
    let given = planned.str("schema").and_then(|text| serde_json::from_str::<Json>(text).ok());
    if let Some(schema) = given {
        let paths = schema.get("createOnlyProperties").and_then(Json::as_array);
        let paths = paths.into_iter().flatten().filter_map(Json::as_str);
        return paths
            .filter_map(|path| path.strip_prefix("/properties/"))
            .map(str::to_owned)
            .collect();
    }
    let known = planned.str("type_name").and_then(types::of_name);
    known.into_iter().flat_map(|it| &it.create_only).map(|path| (*path).to_owned()).collect()
}

#[cfg(feature = "cloudcontrol")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_cloudcontrol::types::{OperationStatus, ProgressEvent};
    use zw_lang::Path;

    use super::*;
    use crate::cloudcontrol::patch;
    use crate::toolkit::prelude::*;
    use crate::toolkit::timeouts;

    /// The Terraform provider's.
    const TIMEOUT: Duration = Duration::from_hours(2);

    pub(in crate::cloudcontrol) struct CloudControlResource;

    #[async_trait]
    impl ResourceType for CloudControlResource {
        const NAME: &'static str = "aws_cloudcontrolapi_resource";
        const TELLING: &'static [&'static str] = &["desired_state"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.cloudcontrol().create_resource(), new.planned,
                set_type_name = text "type_name",
                set_desired_state = text "desired_state",
                set_role_arn = text "role_arn",
                set_type_version_id = text "type_version_id",
            );
            let answer = call.client_token(new.token).send().await;
            let begun = answer.of("cloudcontrol:CreateResource")?.progress_event;
            let timeout = timeouts(new.planned.value(), "create", TIMEOUT);
            let done = until_done(client, begun, "cloudcontrol:CreateResource", timeout).await?;
            done.identifier.promised("identifier")
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let object = View::new(known);
            let call = fill!(
                client.cloudcontrol().get_resource(), object,
                set_type_name = text "type_name",
                set_identifier = text "id",
                set_role_arn = text "role_arn",
                set_type_version_id = text "type_version_id",
            );
            let answer = call.send().await.if_found("cloudcontrol:GetResource")?;
            let Some(found) = answer.and_then(|answer| answer.resource_description) else {
                return Ok(None);
            };
            let properties = found.properties.promised("properties")?;
            let mut draft = Draft::from(known);
            if object.str("desired_state").is_none() {
                let type_name = object.str_or_empty("type_name");
                draft.set("desired_state", settable(type_name, &properties)?);
            }
            draft.set("id", found.identifier).set_unless_equal(
                "properties",
                Equality::Json,
                properties,
            );
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            if !change.of(&["desired_state"]) {
                return Ok(());
            }
            let old = document(change.prior.value()).promised("desired state")?;
            let new = document(change.planned.value()).promised("desired state")?;
            let patch = Json::Array(patch::between(&old, &new));
            let call = fill!(
                client.cloudcontrol().update_resource(), change.planned,
                set_type_name = text "type_name",
                set_role_arn = text "role_arn",
                set_type_version_id = text "type_version_id",
            );
            let call = call.identifier(change.id()).patch_document(patch.to_string());
            let answer = call.client_token(change.token).send().await;
            let begun = answer.of("cloudcontrol:UpdateResource")?.progress_event;
            let timeout = timeouts(change.planned.value(), "update", TIMEOUT);
            until_done(client, begun, "cloudcontrol:UpdateResource", timeout).await.map(drop)
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = fill!(
                client.cloudcontrol().delete_resource(), object,
                set_type_name = text "type_name",
                set_identifier = text "id",
                set_role_arn = text "role_arn",
                set_type_version_id = text "type_version_id",
            );
            let Some(answer) = call.send().await.if_found("cloudcontrol:DeleteResource")? else {
                return Ok(());
            };
            let timeout = timeouts(object.value(), "delete", TIMEOUT);
            let operation = "cloudcontrol:DeleteResource";
            match until_done(client, answer.progress_event, operation, timeout).await {
                Err(error) if error.is_not_found() => Ok(()),
                done => done.map(drop),
            }
        }

        /// An identifier that the desired state gives leads to the object. Where the service makes it up, nothing does
        /// but the token: the same call again is answered with the request that was made before. Source: `CreateResource`,
        /// `ClientToken`, Cloud Control API 2021-09-30.
        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            match identifier(new.planned) {
                Some(identifier) => Ok(Some(identifier)),
                None => self.create(client, new).await.map(Some),
            }
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let Some((type_name, identifier)) = id.split_once(',') else {
                let message = format!(
                    "{id:?} is not a type and an identifier, as \"AWS::Logs::LogGroup,name\"."
                );
                return Err(OpError::invalid(Path::root(), message));
            };
            object.set("type_name", type_name).set("id", identifier);
            Ok(())
        }
    }

    /// The identifier, if the desired state says all of it. Source: "Identifying a resource", Cloud Control API guide.
    fn identifier(planned: View<'_>) -> Option<String> {
        let state = document(planned.value())?;
        let known = types::of_name(planned.str("type_name")?)?;
        let parts = known.primary.iter().map(|path| match at(&state, path)? {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let parts: Option<Vec<String>> = parts.collect();
        parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("|"))
    }

    /// What can be given of an object, as far as CloudFormation says so.
    fn settable(type_name: &str, properties: &str) -> OpResult<String> {
        let mut found: Json = serde_json::from_str(properties).map_err(|error| {
            OpError::new(OpErrorKind::Other, format!("The properties are not JSON: {error}."))
        })?;
        let known = types::of_name(type_name);
        if let (Json::Object(found), Some(known)) = (&mut found, known) {
            found.retain(|name, _| !known.read_only.contains(&name.as_str()));
        }
        Ok(found.to_string())
    }

    /// Waits until a request is done with.
    async fn until_done(
        client: &AwsClients,
        begun: Option<ProgressEvent>,
        operation: &'static str,
        timeout: Duration,
    ) -> OpResult<ProgressEvent> {
        let begun = begun.promised("progress event")?;
        if let Some(done) = outcome(&begun, operation)? {
            return Ok(done);
        }
        let token = begun.request_token.promised("request token")?;
        Wait::new(format!("request {token} to be done"), timeout)
            .until(|| async {
                let call = client.cloudcontrol().get_resource_request_status();
                let answer = call.request_token(&token).send().await;
                let answer = answer.of("cloudcontrol:GetResourceRequestStatus")?;
                let event = answer.progress_event.promised("progress event")?;
                Ok(match outcome(&event, operation)? {
                    Some(done) => Progress::Ready(done),
                    None => Progress::Pending(status(&event).to_lowercase()),
                })
            })
            .await
    }

    fn status(event: &ProgressEvent) -> &str {
        event.operation_status().map(OperationStatus::as_str).unwrap_or_default()
    }

    /// The event, if it is the last one.
    fn outcome(event: &ProgressEvent, operation: &'static str) -> OpResult<Option<ProgressEvent>> {
        match event.operation_status() {
            Some(OperationStatus::Success) => Ok(Some(event.clone())),
            Some(OperationStatus::Failed | OperationStatus::CancelComplete) => {
                let code = event.error_code().map(|code| code.as_str().to_owned());
                let kind = match code.as_deref() {
                    Some("NotFound") => OpErrorKind::NotFound,
                    Some("AlreadyExists") => OpErrorKind::AlreadyExists,
                    Some("AccessDenied" | "InvalidCredentials") => OpErrorKind::Denied,
                    Some("Throttling") => OpErrorKind::Throttled,
                    Some("ServiceLimitExceeded") => OpErrorKind::QuotaExceeded,
                    Some("InvalidRequest" | "NotUpdatable") => OpErrorKind::Invalid,
                    _ => OpErrorKind::Other,
                };
                let message = event.status_message().unwrap_or("It was cancelled.");
                let mut error = OpError::new(kind, message);
                error.code = code;
                Err(error.operation(operation))
            }
            _ => Ok(None),
        }
    }
}
