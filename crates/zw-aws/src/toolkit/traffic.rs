//! Every attempt of every call is counted, waits for its turn, and says how it ended: first ones and retries of the SDK
//! alike.
//!
//! An [`Interceptor`](Counting) sees which operation it is and what came of it, but cannot wait; the [connector](Waiting)
//! can. Both are made for one service of one account and region.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::ErrorKind;
use zw_provider::{Lane, LaneKey, OpErrorKind, Outcome, Traffic};

use super::error::{after_those_of_the_sdk, kind_of, request_id};
use super::gather::note_change;

/// How long a call that was turned away waits before it queues again, the first times.
const RETRY_MIN: Duration = Duration::from_millis(100);
/// How many times that is.
const RETRIES_SOON: i32 = 6;
/// The same, after many times. All 25 attempts together are given some minutes.
const RETRY_MAX: Duration = Duration::from_secs(20);
/// The header in which an answer keeps which attempt it is of.
const ATTEMPT: &str = "zw-attempt";
/// The same for its turn.
const TURN: &str = "zw-turn";

/// What is wanted of a configuration of a service, so that its calls are counted and take their turn.
pub(super) struct Metered {
    /// Counts.
    pub(super) interceptor: Counting,
    /// Waits.
    pub(super) http_client: SharedHttpClient,
    /// Has what was turned away queue again.
    pub(super) retry_classifier: QueueAgain,
    /// The SDK gives up on a service that has turned away a hundred calls or so. Here it is the [`Lane`] that takes
    /// care of the service.
    pub(super) retry_partition: RetryPartition,
}

/// Where calls with one set of credentials go.
#[derive(Clone, Debug)]
pub(super) struct Road {
    pub(super) traffic: Traffic,
    pub(super) account: String,
    pub(super) region: String,
    /// The id of the access key, where it is known.
    pub(super) access_key: String,
}

impl Road {
    /// The parts of a configuration of a service.
    pub(super) fn metered(&self, service: &'static str, config: &SdkConfig) -> Metered {
        let lane = Arc::new(self.traffic.lane(LaneKey {
            provider: "aws".to_owned(),
            account: self.account.clone(),
            region: self.region.clone(),
            service: service.to_owned(),
        }));
        let client = config.http_client().unwrap_or_else(super::clients::shared_http_client);
        Metered {
            interceptor: Counting(lane.clone()),
            http_client: SharedHttpClient::new(Waiting { client, lane }),
            retry_classifier: QueueAgain,
            retry_partition: RetryPartition::custom("zw")
                .token_bucket(TokenBucket::unlimited())
                .build(),
        }
    }
}

/// Counts attempts.
#[derive(Debug)]
pub(super) struct Counting(Arc<Lane>);

#[dyn_dispatch_hint]
impl Intercept for Counting {
    fn name(&self) -> &'static str {
        "count calls"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        note_change(operation(config));
        self.0.sent(operation(config), attempt(config) > 1);
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempt = attempt(config).to_string();
        context.response_mut().headers_mut().insert(ATTEMPT, attempt);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        let outcome = match answer {
            Some(answer) if is_throttled(answer) => Outcome::Throttled,
            Some(_) => Outcome::Served,
            None => Outcome::Lost,
        };
        let turn = answer.and_then(|answer| answer.headers().get(TURN)?.parse().ok());
        note_change(operation(config));
        let id = answer.and_then(request_id);
        self.0.ended_as(operation(config), outcome, turn.unwrap_or_default(), id.as_deref());
        Ok(())
    }
}

fn operation(config: &ConfigBag) -> &str {
    config.load::<Metadata>().map_or("", Metadata::name)
}

fn attempt(config: &ConfigBag) -> u32 {
    config.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts)
}

/// A client whose requests wait for their turn.
#[derive(Debug)]
struct Waiting {
    client: SharedHttpClient,
    lane: Arc<Lane>,
}

impl HttpClient for Waiting {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(WaitingConnector { connector, lane: self.lane.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_base_client_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct WaitingConnector {
    connector: SharedHttpConnector,
    lane: Arc<Lane>,
}

impl HttpConnector for WaitingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, lane) = (self.connector.clone(), self.lane.clone());
        HttpConnectorFuture::new(async move {
            let turn = lane.turn().await;
            let mut answer = connector.call(request).await?;
            answer.headers_mut().insert(TURN, turn.to_string());
            Ok(answer)
        })
    }
}

/// Has a call that was turned away queue again soon: how fast calls go is the lane's business, and the SDK's pauses
/// of up to twenty seconds would only add to it.
#[derive(Debug)]
pub(super) struct QueueAgain;

impl ClassifyRetry for QueueAgain {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(answer) = context.response().filter(|answer| is_throttled(answer)) else {
            return RetryAction::NoActionIndicated;
        };
        let pause = pause(attempt_of(answer));
        RetryAction::retryable_error_with_explicit_delay(ErrorKind::ThrottlingError, pause)
    }

    fn name(&self) -> &'static str {
        "queue again"
    }

    fn priority(&self) -> RetryClassifierPriority {
        after_those_of_the_sdk()
    }
}

/// Which attempt an answer is of.
pub(super) fn attempt_of(answer: &HttpResponse) -> i32 {
    answer.headers().get(ATTEMPT).and_then(|attempt| attempt.parse().ok()).unwrap_or(1)
}

/// After some attempts half as long again after each.
fn pause(attempt: i32) -> Duration {
    RETRY_MIN.mul_f64(1.5_f64.powi((attempt - RETRIES_SOON).clamp(0, 16))).min(RETRY_MAX)
}

/// Whether a service turned a call away because there were too many.
pub(super) fn is_throttled(answer: &HttpResponse) -> bool {
    let status = answer.status().as_u16();
    status == 429
        || (status >= 400
            && code_of(answer).is_some_and(|code| kind_of(&code) == OpErrorKind::Throttled))
}

/// The code of an error: in a header, in an element of XML, or in a member of JSON; there or in the header with a
/// namespace before it, or an address behind it.
fn code_of(answer: &HttpResponse) -> Option<String> {
    let body = String::from_utf8_lossy(answer.body().bytes().unwrap_or_default());
    let element = || Some(body.split_once("<Code>")?.1.split_once("</Code>")?.0.to_owned());
    let member = || {
        let body: serde_json::Value = serde_json::from_str(&body).ok()?;
        let code = ["__type", "code"].iter().find_map(|name| body.get(name)?.as_str());
        code.map(str::to_owned)
    };
    let header = answer.headers().get("x-amzn-errortype").map(str::to_owned);
    let code = header.or_else(element).or_else(member)?;
    let code = code.rsplit('#').next().unwrap_or_default();
    Some(code.split(':').next().unwrap_or_default().to_owned())
}

/// The account that an access key belongs to, which is written in the key; the key itself, where it is of another kind.
pub(super) fn account_of_key(key: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digits: Option<Vec<u64>> = key
        .get(4..14)
        .filter(|_| key.len() == 20)
        .and_then(|text| text.bytes().map(|byte| place_in(ALPHABET, byte)).collect());
    let Some(digits) = digits else { return key.to_owned() };
    // Ten digits of five bits: of the first 48 bits the first and the last seven are something else.
    let bits = digits.iter().fold(0_u64, |bits, digit| bits << 5 | digit) >> 2;
    format!("{:012}", (bits & 0x7fff_ffff_ff80) >> 7)
}

fn place_in(alphabet: &[u8], byte: u8) -> Option<u64> {
    alphabet.iter().position(|known| *known == byte).and_then(|at| u64::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_account_have_its_number() {
        // A published example.
        assert_eq!(account_of_key("ASIAQNZGKIQY56JQ7WML"), "029608264753");
        assert_eq!(account_of_key("test"), "test");
        assert_eq!(account_of_key("AKIA0000000000000000"), "AKIA0000000000000000");
    }

    fn answer(status: u16, header: Option<&'static str>, body: &'static str) -> HttpResponse {
        let status = status.try_into().expect("a status");
        let mut answer = HttpResponse::new(status, body.into());
        if let Some(header) = header {
            answer.headers_mut().insert("x-amzn-errortype", header);
        }
        answer
    }

    #[test]
    fn services_throttle_in_several_ways() {
        let xml = "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>";
        assert!(is_throttled(&answer(503, None, xml)));
        assert!(is_throttled(&answer(400, None, "<E><Error><Code>Throttling</Code></Error></E>")));
        assert!(is_throttled(&answer(400, Some("ThrottlingException:http://x/"), "{}")));
        assert!(is_throttled(&answer(400, None, r#"{"__type": "a.b#ThrottlingException"}"#)));
        assert!(is_throttled(&answer(429, None, "")));
        let message =
            "<Error><Code>InvalidName</Code><Message>Throttling is no name</Message></Error>";
        assert!(!is_throttled(&answer(400, None, message)));
        assert!(!is_throttled(&answer(200, None, xml)));
        assert!(!is_throttled(&answer(503, None, "<Error><Code>InternalError</Code></Error>")));
    }

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!(pause(1), RETRY_MIN);
        assert_eq!(pause(RETRIES_SOON), RETRY_MIN);
        assert!(pause(RETRIES_SOON + 2) > pause(RETRIES_SOON + 1));
        assert_eq!(pause(25), RETRY_MAX);
        assert_eq!(pause(i32::MAX), RETRY_MAX);
    }
}
