//! What becomes of endpoints that refuse, fail or lack a call.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zw_provider::{OpError, OpErrorKind};

use crate::rehearsal::Rehearsal;

/// An endpoint that gives prepared answers, the last of them again and again.
struct Endpoint {
    address: String,
    requests: Arc<AtomicUsize>,
}

macro_rules! error_xml {
    ($code:literal, $message:literal) => {
        concat!(
            "<Response><Errors><Error><Code>",
            $code,
            "</Code><Message>",
            $message,
            "</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
        )
    };
}

/// Breaks the connection instead of answering.
const BREAK: (u16, &str, &str) = (0, "", "");

const HTML: (u16, &str, &str) =
    (404, "text/html", "<!doctype html>\n<html lang=en><title>404</title>");
const PAGE: (u16, &str, &str) =
    (500, "text/html", "<!doctype html>\n<html lang=en><title>500</title>");
const THROTTLED: (u16, &str, &str) =
    (503, "text/xml", error_xml!("RequestLimitExceeded", "Slow down."));
const FAILED: (u16, &str, &str) = (500, "text/xml", error_xml!("InternalError", "Sorry."));
const DENIED: (u16, &str, &str) = (401, "text/xml", error_xml!("AuthFailure", "Who are you?"));
const FULL: (u16, &str, &str) = (400, "text/xml", error_xml!("VpcLimitExceeded", "Enough."));
const NO_VPCS: (u16, &str, &str) = (
    200,
    "text/xml",
    "<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><vpcSet/></DescribeVpcsResponse>",
);

impl Endpoint {
    async fn start(answers: &[(u16, &'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = format!("http://{}", listener.local_addr().expect("it has an address"));
        let requests = Arc::new(AtomicUsize::new(0));
        let answers = Arc::new(Mutex::new(VecDeque::from(answers.to_vec())));
        let counted = requests.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (counted, answers) = (counted.clone(), answers.clone());
                tokio::spawn(async move {
                    // The SDK sends the small requests of these tests at once.
                    let mut request = vec![0; 65536];
                    if stream.read(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                    counted.fetch_add(1, Ordering::Relaxed);
                    let (status, kind, body) = {
                        let mut answers = answers.lock().expect("no request panics");
                        let last = answers.len() == 1;
                        let answer = answers.front().copied().unwrap_or(BREAK);
                        if !last {
                            answers.pop_front();
                        }
                        answer
                    };
                    if (status, kind, body) == BREAK {
                        return;
                    }
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
                         connection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

async fn read_fails(endpoint: &str) -> OpError {
    let aws = Rehearsal::connect(endpoint, json!({ "max_retries": 4 })).await;
    aws.data("aws_vpc", json!({})).await.expect_err("the endpoint has nothing good to say")
}

#[tokio::test]
async fn a_call_that_the_endpoint_does_not_have_is_named_and_not_repeated() {
    let endpoint = Endpoint::start(&[HTML]).await;
    let error = read_fails(&endpoint.address).await;
    assert_eq!(error.kind, OpErrorKind::NotImplemented);
    assert_eq!(
        error.to_string(),
        "ec2:DescribeVpcs: The endpoint of ec2 does not implement DescribeVpcs."
    );
    assert_eq!(endpoint.requests(), 1);
}

/// As moto when it looks through what another call is adding to.
#[tokio::test]
async fn an_endpoint_that_stumbles_is_asked_again_and_no_more_than_twice() {
    let endpoint = Endpoint::start(&[PAGE, PAGE, NO_VPCS]).await;
    assert_eq!(read_fails(&endpoint.address).await.kind, OpErrorKind::NotFound);
    assert_eq!(endpoint.requests(), 3);
    let endpoint = Endpoint::start(&[PAGE]).await;
    assert_eq!(read_fails(&endpoint.address).await.kind, OpErrorKind::NotImplemented);
    assert_eq!(endpoint.requests(), 3);
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_unreachable_at_once() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        format!("http://{}", listener.local_addr().expect("it has an address"))
    };
    let began = Instant::now();
    let error = read_fails(&address).await;
    assert_eq!(error.kind, OpErrorKind::Unreachable);
    assert!(error.to_string().contains("ec2:DescribeVpcs"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_is_throttled_or_failed_is_read_again() {
    let endpoint = Endpoint::start(&[THROTTLED, FAILED, BREAK, NO_VPCS]).await;
    let error = read_fails(&endpoint.address).await;
    assert_eq!(error.kind, OpErrorKind::NotFound, "{error}");
    assert_eq!(endpoint.requests(), 4);
}

#[tokio::test]
async fn errors_keep_code_message_and_request_id() {
    let endpoint = Endpoint::start(&[DENIED]).await;
    let error = read_fails(&endpoint.address).await;
    assert_eq!(error.kind, OpErrorKind::Denied);
    let text = error.to_string();
    assert_eq!(text, "ec2:DescribeVpcs: AuthFailure: Who are you? (request id r-1)");
}

#[tokio::test]
async fn a_creation_that_was_throttled_is_sent_again_and_one_that_is_refused_is_not() {
    let endpoint = Endpoint::start(&[THROTTLED, FULL]).await;
    let aws = Rehearsal::connect(&endpoint.address, json!({})).await;
    let error = aws.only_create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    let error = error.expect_err("there are enough VPCs");
    assert_eq!(error.kind, OpErrorKind::QuotaExceeded);
    assert_eq!(endpoint.requests(), 2);
}

#[tokio::test]
async fn a_creation_of_unknown_outcome_is_looked_for_and_not_sent_again() {
    for trouble in [BREAK, FAILED] {
        let endpoint = Endpoint::start(&[trouble, NO_VPCS]).await;
        let aws = Rehearsal::connect(&endpoint.address, json!({})).await;
        let error = aws.only_create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
        let error = error.expect_err("it is not known whether there is a VPC");
        assert_eq!(error.kind, OpErrorKind::Unreachable);
        assert_eq!(endpoint.requests(), 2, "one to create, one to look");
    }
}
