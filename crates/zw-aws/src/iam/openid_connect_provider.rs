//! `aws_iam_openid_connect_provider`: an identity provider whose tokens roles can trust.

use zw_lang::{Type, Value};
use zw_provider::schema::{Equality, Schema};

use crate::toolkit::{
    computed, list_of_strings, optional_computed, required, set_of_strings, tag_attributes,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "An identity provider whose tokens roles can trust.",
        [
            computed("id", Type::String, "The provider's ARN."),
            computed("arn", Type::String, "The provider's ARN."),
            required("url", Type::String, "The address of the issuer.")
                .force_new()
                .equality(Equality::Custom(same_issuer))
                .validate(valid_url),
            required("client_id_list", set_of_strings(), "Audiences that tokens are for."),
            optional_computed(
                "thumbprint_list",
                list_of_strings(),
                "Fingerprints of certificates of the issuer's authority.",
            )
            .validate(valid_thumbprints),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("arn")
}

/// IAM keeps the address without its scheme, which can only be one.
fn without_scheme(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url)
}

fn same_issuer(some: &Value, other: &Value) -> bool {
    match (some.as_str(), other.as_str()) {
        (Some(some), Some(other)) => without_scheme(some) == without_scheme(other),
        _ => false,
    }
}

fn valid_url(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if !text.starts_with("https://") => {
            Err(format!("{text:?} does not begin with https://."))
        }
        Some(text) if text.contains(['?', '#']) => {
            Err(format!("{text:?} must have neither a query nor a fragment."))
        }
        _ => Ok(()),
    }
}

fn valid_thumbprints(value: &Value) -> Result<(), String> {
    let mut texts = value.as_sequence().unwrap_or_default().iter().filter_map(Value::as_str);
    match texts.find(|text| text.len() != 40) {
        Some(wrong) => Err(format!("{wrong:?} is not a fingerprint of 40 hexadecimal digits.")),
        None => Ok(()),
    }
}

#[cfg(feature = "iam")]
pub(super) mod live {
    use async_trait::async_trait;
    use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput;
    use zw_lang::Value;
    use zw_provider::schema::Equality;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, Resource, UpdateRequest, View,
    };

    use super::{same_issuer, without_scheme};
    use crate::iam::live::{new_tags, once, pairs};
    use crate::iam::update_tags;
    use crate::toolkit::{
        Answer, AwsClients, Draft, created, found_again, imported, is_as_planned, partition,
        strings_list, strings_set, updated,
    };

    pub(in crate::iam) struct OpenIdConnectProvider;

    #[async_trait]
    impl Resource<AwsClients> for OpenIdConnectProvider {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let thumbprints = planned.strings("thumbprint_list");
            let tags = match new_tags(client, &request.planned) {
                Ok(tags) => tags,
                Err(error) => return Created::failed(error),
            };
            let answer = client
                .iam()
                .create_open_id_connect_provider()
                .set_url(planned.string("url"))
                .set_client_id_list(Some(planned.strings("client_id_list")))
                .set_thumbprint_list(Some(thumbprints).filter(|all| !all.is_empty()))
                .set_tags(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("iam:CreateOpenIDConnectProvider");
            let arn = match answer {
                Ok(answer) => answer.open_id_connect_provider_arn.unwrap_or_default(),
                Err(error) => return Created::failed(error),
            };
            created(self, client, &request, &arn, async { Ok(()) }).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            let arn = View::new(prior).str_or_empty("id");
            let call = client.iam().get_open_id_connect_provider();
            let found = call.open_id_connect_provider_arn(arn).send().await;
            let found = found.if_found("iam:GetOpenIDConnectProvider")?;
            Ok(found.map(|found| object(client, prior, arn, &found)))
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let arn = old.str_or_empty("id");
            let thumbprints = new.strings("thumbprint_list");
            // The list cannot be emptied: the API wants one at least.
            if !thumbprints.is_empty() && thumbprints != old.strings("thumbprint_list") {
                let call = client.iam().update_open_id_connect_provider_thumbprint();
                let call = call.open_id_connect_provider_arn(arn);
                let call = call.set_thumbprint_list(Some(thumbprints));
                call.send().await.of("iam:UpdateOpenIDConnectProviderThumbprint")?;
            }
            let (old, new) = (old.strings("client_id_list"), new.strings("client_id_list"));
            for id in new.iter().filter(|id| !old.contains(id)) {
                let call = client.iam().add_client_id_to_open_id_connect_provider();
                let call = call.open_id_connect_provider_arn(arn).client_id(id);
                call.send().await.of("iam:AddClientIDToOpenIDConnectProvider")?;
            }
            for id in old.iter().filter(|id| !new.contains(id)) {
                let call = client.iam().remove_client_id_from_open_id_connect_provider();
                let call = call.open_id_connect_provider_arn(arn).client_id(id);
                call.send().await.of("iam:RemoveClientIDFromOpenIDConnectProvider")?;
            }
            update_tags!(
                client, request, open_id_connect_provider_arn(arn),
                tag_open_id_connect_provider "iam:TagOpenIDConnectProvider",
                untag_open_id_connect_provider "iam:UntagOpenIDConnectProvider"
            );
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let arn = View::new(&request.prior).str_or_empty("id");
            let call = client.iam().delete_open_id_connect_provider();
            let answer = call.open_id_connect_provider_arn(arn).send().await;
            answer.if_found("iam:DeleteOpenIDConnectProvider").map(drop)
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_iam_openid_connect_provider", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let account = &client.caller().await?.account_id;
            let issuer = without_scheme(View::new(&request.planned).str_or_empty("url"));
            let partition = partition(&client.region);
            let arn = format!("arn:{partition}:iam::{account}:oidc-provider/{issuer}");
            let found = found_again(self, client, request, Some(arn)).await?;
            let keys = ["client_id_list", "thumbprint_list"];
            Ok(found.filter(|found| is_as_planned(client, found, &request.planned, &keys)))
        }
    }

    fn object(
        client: &AwsClients,
        prior: &Value,
        arn: &str,
        found: &GetOpenIdConnectProviderOutput,
    ) -> Value {
        let mut draft = Draft::from(prior);
        draft
            .set("id", arn)
            .set("arn", arn)
            .set_unless_equal("url", Equality::Custom(same_issuer), found.url())
            .set("client_id_list", strings_set(found.client_id_list()))
            .set("thumbprint_list", strings_list(found.thumbprint_list()));
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
