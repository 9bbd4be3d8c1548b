//! Data sources about the account and the partition.

use serde_json::json;

use crate::rehearsal::{Rehearsal, text};

#[tokio::test]
async fn caller_identity_and_partition() {
    let Some(aws) = Rehearsal::start().await else { return };
    let caller = aws.data("aws_caller_identity", json!({})).await.expect("it can be read");
    assert_eq!(text(&caller, "account_id"), "123456789012");
    assert_eq!(text(&caller, "id"), "123456789012");
    assert!(text(&caller, "arn").starts_with("arn:aws:sts::123456789012:"));
    let partition = aws.data("aws_partition", json!({})).await.expect("it can be read");
    assert_eq!(text(&partition, "partition"), "aws");
    assert_eq!(text(&partition, "dns_suffix"), "amazonaws.com");
    assert_eq!(text(&partition, "reverse_dns_prefix"), "com.amazonaws");
}
