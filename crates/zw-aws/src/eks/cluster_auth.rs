//! `aws_eks_cluster_auth`: a token for the Kubernetes API of a cluster.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::cluster_name;
use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "A token for the Kubernetes API of a cluster, good for a quarter of an hour.",
        [
            computed("id", Type::String, "The cluster's name."),
            required("name", Type::String, "The cluster.").validate(cluster_name),
            computed("token", Type::String, "The token.").sensitive(),
        ],
        [],
    )
}

#[cfg(feature = "eks")]
pub(super) mod live {
    use std::time::{Duration, SystemTime};

    use async_trait::async_trait;
    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{
        SignableBody, SignableRequest, SignatureLocation, SigningError, SigningSettings, sign,
    };
    use aws_sigv4::sign::v4::SigningParams;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use zw_lang::Value;
    use zw_provider::{DataSource, OpError, OpErrorKind, OpResult, View};

    use crate::toolkit::{AwsClients, Draft};

    const PREFIX: &str = "k8s-aws-v1.";

    /// How long the request is good; EKS takes it for a quarter of an hour all the same.
    const EXPIRES_IN: Duration = Duration::from_mins(1);

    pub(in crate::eks) struct ClusterAuth;

    #[async_trait]
    impl DataSource<AwsClients> for ClusterAuth {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let name = View::new(config).str_or_empty("name");
            let (endpoint, credentials) = (client.sts_endpoint(), client.credentials().await?);
            let url = presigned(&endpoint, &client.region, name, credentials, SystemTime::now())?;
            let mut draft = Draft::answering(config);
            draft.set("id", name).set("token", format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(url)));
            Ok(draft.finish())
        }
    }

    /// A signed request that asks STS who has signed it: EKS sends it, and so learns who that is. The name of
    /// the cluster is signed, too, so that the token is for no other one.
    ///
    /// Source: `aws-iam-authenticator`, "API Authorization from Outside a Cluster".
    fn presigned(
        endpoint: &str,
        region: &str,
        cluster: &str,
        credentials: Credentials,
        now: SystemTime,
    ) -> OpResult<String> {
        let url = format!(
            "{}/?Action=GetCallerIdentity&Version=2011-06-15",
            endpoint.trim_end_matches('/')
        );
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(EXPIRES_IN);
        let identity = credentials.into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("sts")
            .time(now)
            .settings(settings)
            .build()
            .map_err(|error| unsigned(&error))?
            .into();
        let headers = [("host", host(endpoint)?), ("x-k8s-aws-id", cluster)];
        let body = SignableBody::Bytes(&[]);
        let request = SignableRequest::new("GET", &url, headers.into_iter(), body);
        let request = request.map_err(|error: SigningError| unsigned(&error))?;
        let (instructions, _) =
            sign(request, &params).map_err(|error| unsigned(&error))?.into_parts();
        let mut signed = url;
        for (name, value) in instructions.params() {
            signed = format!("{signed}&{name}={}", escaped(value));
        }
        Ok(signed)
    }

    fn unsigned(error: &dyn std::error::Error) -> OpError {
        OpError::new(OpErrorKind::Other, format!("The token cannot be signed: {error}."))
    }

    fn host(endpoint: &str) -> OpResult<&str> {
        let host =
            endpoint.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
        host.filter(|host| !host.is_empty()).ok_or_else(|| {
            let message = format!("The endpoint {endpoint:?} of STS is not an address.");
            OpError::new(OpErrorKind::Invalid, message)
        })
    }

    /// A value of a query.
    fn escaped(text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                escaped.push(char::from(byte));
            } else {
                escaped = format!("{escaped}%{byte:02X}");
            }
        }
        escaped
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_token_is_a_signed_question_for_ones_name() {
            let credentials =
                Credentials::new("AKID", "secret", Some("a/b+c".into()), None, "test");
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_714_979_289);
            let url = presigned(
                "https://sts.us-east-1.amazonaws.com",
                "us-east-1",
                "c",
                credentials,
                now,
            )
            .expect("it can be signed");
            for part in [
                "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&",
                "X-Amz-Credential=AKID%2F20240506%2Fus-east-1%2Fsts%2Faws4_request",
                "X-Amz-Date=20240506T070809Z",
                "X-Amz-Expires=60",
                "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id",
                "X-Amz-Security-Token=a%2Fb%2Bc",
                "X-Amz-Signature=",
            ] {
                assert!(url.contains(part), "{part} in {url}");
            }
        }
    }
}
