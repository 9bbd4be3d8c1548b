//! `aws_acm_certificate`: a certificate by which a name is known to be genuine.

use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Block, NestedBlock, Nesting, Schema};
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use crate::toolkit::validate::{arn, exclusive, length, one_of};
use crate::toolkit::{
    Draft, Tags, changes, computed, forget, list_of_strings, optional, optional_computed, required,
    set_of_strings, strings_set, tag_attributes,
};

/// The attribute with all names.
const NAMES: &str = "subject_alternative_names";

/// What ACM says of a certificate once it has another text.
const OF_THE_TEXT: [&str; 3] = ["not_after", "not_before", "status"];

pub(super) fn schema() -> Schema {
    let validation = Type::object([
        ("domain_name", Type::String),
        ("resource_record_name", Type::String),
        ("resource_record_type", Type::String),
        ("resource_record_value", Type::String),
    ]);
    let renewal =
        Type::object([("renewal_status", Type::String), ("renewal_status_reason", Type::String)]);
    Schema::new(
        "A certificate by which a name is known to be genuine.",
        [
            computed("id", Type::String, "The certificate's ARN."),
            computed("arn", Type::String, "The certificate's ARN."),
            computed(
                "domain_validation_options",
                Type::set(validation),
                "Records that show that the names are yours.",
            ),
            computed("not_after", Type::String, "Until when it is good."),
            computed("not_before", Type::String, "From when on it is good."),
            computed("pending_renewal", Type::Bool, "Whether it is to be renewed soon."),
            computed("renewal_eligibility", Type::String, "Whether ACM renews it."),
            computed("renewal_summary", Type::list(renewal), "How far its renewal has come."),
            computed("status", Type::String, "The state of the certificate."),
            computed("type", Type::String, "Where it comes from."),
            computed("validation_emails", list_of_strings(), "Who is asked by mail."),
            optional("certificate_authority_arn", Type::String, "A private authority.")
                .force_new()
                .validate(arn),
            optional("certificate_body", Type::String, "A certificate of one's own, in PEM."),
            optional("certificate_chain", Type::String, "What it was signed with, in PEM."),
            optional("private_key", Type::String, "Its key, in PEM.").sensitive(),
            optional_computed("domain_name", Type::String, "The name.")
                .force_new()
                .validate(length::<1, 253>),
            optional(
                "early_renewal_duration",
                Type::String,
                "How long before its end it is renewed; of a private authority.",
            ),
            optional_computed("key_algorithm", Type::String, "What kind of key it has.")
                .force_new(),
            // What changes them is the hook's to say.
            optional_computed(NAMES, set_of_strings(), "Further names."),
            optional_computed("validation_method", Type::String, "`DNS` or `EMAIL`.")
                .force_new()
                .validate(one_of!("DNS", "EMAIL", "NONE")),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [options(), validation_option()],
    )
    .import_id("arn")
}

fn options() -> NestedBlock {
    NestedBlock::one(
        "options",
        Block::new(
            [optional(
                "certificate_transparency_logging_preference",
                Type::String,
                "Whether the certificate is in public logs: `ENABLED` or `DISABLED`.",
            )
            .default("ENABLED")
            .validate(one_of!("ENABLED", "DISABLED"))],
            [],
        ),
    )
    .computed()
    .describe("What else is to be so.")
}

fn validation_option() -> NestedBlock {
    NestedBlock::new(
        "validation_option",
        Nesting::Set,
        Block::new(
            [
                required("domain_name", Type::String, "The name.").force_new(),
                required("validation_domain", Type::String, "The domain that mail goes to.")
                    .force_new(),
            ],
            [],
        ),
    )
    .force_new()
    .describe("Where mail goes to.")
}

/// A certificate is good for its own name, too, whether that is among the others or not; and an imported one says what it
/// says once it is there.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    if changes(&request, &["certificate_body", "certificate_chain", "private_key"]) {
        planned = forget(&request, &planned, &OF_THE_TEXT);
    }
    let names = planned.get(NAMES).filter(|names| names.is_wholly_known() && !names.is_null());
    let names = names.filter(|_| View::new(request.config).string("domain_name").is_some());
    if let (Some(domain), Some(_)) = (View::new(&planned).string("domain_name"), names) {
        let mut all = View::new(&planned).strings(NAMES);
        if !all.contains(&domain) {
            all.push(domain);
        }
        let mut draft = Draft::from(&planned);
        draft.set_exactly(NAMES, strings_set(all));
        planned = draft.into_planned();
    }
    let has_others = !request.prior.is_null() && request.prior.get(NAMES) != planned.get(NAMES);
    let force_new = has_others.then(|| Path::attr_of_root(NAMES)).into_iter().collect();
    Ok(Planned { planned, force_new })
}

/// Refuses what cannot be together.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    let is_given = |name: &str| config.get(name).is_some_and(|value| !value.is_null());
    let mut errors = exclusive(
        config,
        &[
            ("private_key", "domain_name"),
            ("private_key", "validation_method"),
            ("private_key", "certificate_authority_arn"),
            ("private_key", "subject_alternative_names"),
        ],
    );
    let lacks = |given: &str, lacking: &'static str| is_given(given) && !is_given(lacking);
    if lacks("private_key", "certificate_body") {
        let path = Path::attr_of_root("private_key");
        errors.push(OpError::invalid(path, "`certificate_body` has to be given along with it."));
    }
    if lacks("certificate_body", "private_key") {
        let path = Path::attr_of_root("certificate_body");
        errors.push(OpError::invalid(path, "`private_key` has to be given along with it."));
    }
    if !is_given("domain_name") && !is_given("private_key") {
        let path = Path::attr_of_root("domain_name");
        let message = "`domain_name` has to be given, or `private_key` and `certificate_body`.";
        errors.push(OpError::invalid(path, message));
    }
    errors
}

#[cfg(feature = "acm")]
pub(super) mod live {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use aws_sdk_acm::types::{
        CertificateDetail, CertificateOptions, DomainValidation, DomainValidationOption,
        RenewalStatus, ResourceRecord, Tag, ValidationMethod,
    };
    use aws_smithy_types::Blob;

    use crate::acm::live::describe;
    use crate::toolkit::prelude::*;
    use crate::toolkit::uuid_of;

    /// How long it may take until ACM says how a name is validated.
    const CREATE_TIMEOUT: Duration = Duration::from_mins(5);
    /// How long it may take until nothing uses it any more.
    const DELETE_TIMEOUT: Duration = Duration::from_mins(20);

    pub(in crate::acm) struct Certificate;

    #[async_trait]
    impl ResourceType for Certificate {
        const NAME: &'static str = "aws_acm_certificate";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let tags = client.tags.of_new::<Tag>(new.planned.value())?;
            if new.planned.text("private_key").is_some() {
                return import(client, None, new.planned, tags).await;
            }
            let options = new.planned.blocks("validation_option").map(|block| {
                build!(
                    DomainValidationOption, block,
                    set_domain_name = string "domain_name",
                    set_validation_domain = string "validation_domain",
                )
                .complete()
            });
            let options = options.collect::<OpResult<Vec<_>>>()?;
            let call = fill!(
                client.acm().request_certificate(), new.planned,
                set_domain_name = string "domain_name",
                set_certificate_authority_arn = text "certificate_authority_arn",
                set_key_algorithm = word "key_algorithm",
                set_subject_alternative_names = texts "subject_alternative_names",
                set_validation_method = word "validation_method",
            );
            // A token has 32 characters at most, and no dashes.
            let answer = call
                .idempotency_token(uuid_of(new.token).replace('-', ""))
                .set_domain_validation_options(Some(options).filter(|all| !all.is_empty()))
                .set_options(certificate_options(new.planned))
                .set_tags(tags)
                .send()
                .await
                .of("acm:RequestCertificate")?;
            answer.certificate_arn.promised("ARN")
        }

        /// ACM says a little later how a name is validated.
        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let by_records = new.planned.str("validation_method") == Some("DNS");
            if !by_records || new.planned.text("private_key").is_some() {
                return Ok(());
            }
            Wait::new(format!("{id} to say how it is validated"), CREATE_TIMEOUT)
                .until(|| async {
                    let found = describe(client, id).await?;
                    let all = found.as_ref().map(CertificateDetail::domain_validation_options);
                    let all = all.unwrap_or_default();
                    let is_said =
                        !all.is_empty() && all.iter().all(|it| it.resource_record().is_some());
                    Ok(if is_said {
                        Progress::Ready(())
                    } else {
                        Progress::Pending("unsaid".into())
                    })
                })
                .await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let arn = View::new(known).str_or_empty("id");
            let Some(found) = describe(client, arn).await? else { return Ok(None) };
            let tags = client.acm().list_tags_for_certificate().certificate_arn(arn).send().await;
            let Some(tags) = tags.if_found("acm:ListTagsForCertificate")? else { return Ok(None) };
            let mut draft = object(known, arn, &found);
            client.tags.show(&mut draft, pairs(tags.tags()));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            if change.of(&["certificate_body", "certificate_chain", "private_key"]) {
                import(client, Some(change.id()), change.planned, None).await?;
            }
            if change.of(&["options"]) {
                let call = client.acm().update_certificate_options().certificate_arn(change.id());
                let call = call.set_options(certificate_options(change.planned));
                call.send().await.of("acm:UpdateCertificateOptions")?;
            }
            Ok(())
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let arn = object.str_or_empty("id");
            let removed = tags.removed.iter().map(|key| Tag::builder().key(key).build().complete());
            let removed = removed.collect::<OpResult<Vec<_>>>()?;
            if !removed.is_empty() {
                let call = client.acm().remove_tags_from_certificate().certificate_arn(arn);
                let answer = call.set_tags(Some(removed)).send().await;
                answer.of("acm:RemoveTagsFromCertificate")?;
            }
            if let Some(set) = tags.set::<Tag>()? {
                let call = client.acm().add_tags_to_certificate().certificate_arn(arn);
                call.set_tags(Some(set)).send().await.of("acm:AddTagsToCertificate")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.acm().delete_certificate();
            let call = call.certificate_arn(object.str_or_empty("id"));
            call.send().await.of("acm:DeleteCertificate").map(drop)
        }

        fn deletion_timeout(&self, _: View<'_>) -> Duration {
            DELETE_TIMEOUT
        }

        /// ACM gives the same certificate for the same token within an hour, and says nothing of it in a list.
        async fn find(&self, _: &AwsClients, _: &New<'_>) -> OpResult<Option<String>> {
            Ok(None)
        }
    }

    #[allow(deprecated, reason = "the attribute is there, and a state may have it")]
    fn certificate_options(planned: View<'_>) -> Option<CertificateOptions> {
        let block = planned.block("options")?;
        Some(build!(
            CertificateOptions, block,
            set_certificate_transparency_logging_preference =
                word "certificate_transparency_logging_preference",
        ))
    }

    /// Imports a certificate, in the place of another one if an ARN is given.
    async fn import(
        client: &AwsClients,
        arn: Option<&str>,
        planned: View<'_>,
        tags: Option<Vec<Tag>>,
    ) -> OpResult<String> {
        let pem = |name| planned.text(name).map(|text| Blob::new(text.into_bytes()));
        let call = client.acm().import_certificate().set_certificate(pem("certificate_body"));
        let call = call.set_certificate_chain(pem("certificate_chain"));
        let call = call.set_private_key(pem("private_key"));
        let call = call.set_certificate_arn(arn.map(str::to_owned)).set_tags(tags);
        call.send().await.of("acm:ImportCertificate")?.certificate_arn.promised("ARN")
    }

    /// The texts of an imported certificate are not told, so they stay as they were written.
    #[allow(deprecated, reason = "as above")]
    fn object(known: &Value, arn: &str, found: &CertificateDetail) -> Draft {
        let validations = found.domain_validation_options();
        let method = validations.iter().find_map(|it| it.validation_method());
        let emails: BTreeSet<&String> =
            validations.iter().flat_map(DomainValidation::validation_emails).collect();
        let renewal = found.renewal_summary();
        let pends = renewal.is_some_and(|it| {
            matches!(
                it.renewal_status(),
                RenewalStatus::PendingAutoRenewal | RenewalStatus::PendingValidation
            )
        });
        let algorithm = found.key_algorithm().map(|it| it.as_str().replace('-', "_"));
        let by_records = validations.iter().filter(|it| it.resource_record().is_some());
        let mut draft = Draft::from(known);
        draft
            .set("id", arn)
            .set("arn", arn)
            .set("domain_name", found.domain_name())
            .texts("subject_alternative_names", found.subject_alternative_names())
            .set("certificate_authority_arn", found.certificate_authority_arn())
            .set("key_algorithm", algorithm)
            .set("not_after", found.not_after().and_then(rfc3339))
            .set("not_before", found.not_before().and_then(rfc3339))
            .set("pending_renewal", pends)
            .word("renewal_eligibility", found.renewal_eligibility())
            .word("status", found.status())
            .word("type", found.r#type())
            .set("validation_method", method.map_or("NONE", ValidationMethod::as_str))
            .texts("validation_emails", emails)
            .each("renewal_summary", renewal, |block, it| {
                block.set("renewal_status", it.renewal_status().as_str());
                block.word("renewal_status_reason", it.renewal_status_reason());
            })
            .each("domain_validation_options", by_records, |block, it| {
                let record = it.resource_record();
                block
                    .set("domain_name", it.domain_name())
                    .set("resource_record_name", record.map(ResourceRecord::name))
                    .set("resource_record_type", record.map(|record| record.r#type().as_str()))
                    .set("resource_record_value", record.map(ResourceRecord::value));
            })
            .each("options", found.options(), |block, options| {
                block.word(
                    "certificate_transparency_logging_preference",
                    options.certificate_transparency_logging_preference(),
                );
            });
        draft
    }
}
