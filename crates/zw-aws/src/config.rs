//! What a `provider "aws"` block takes.

mod endpoints;

use zw_lang::Type;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Schema};

use crate::toolkit::validate::one_of;
use crate::toolkit::{list_of_strings, optional, set_of_strings, validate};

/// The schema of a `provider "aws"` block.
pub(crate) fn schema() -> Schema {
    let text = |name, description| optional(name, Type::String, description);
    let flag = |name, description| optional(name, Type::Bool, description);
    Schema::new(
        "An account and a region of AWS.",
        [
            text("region", "The region. Without it, what the environment and the profile say."),
            text("profile", "The profile of the shared configuration files."),
            text("access_key", "The access key id."),
            text("secret_key", "The secret access key.").sensitive(),
            text("token", "The session token of temporary credentials.").sensitive(),
            optional("shared_config_files", list_of_strings(), "Instead of `~/.aws/config`."),
            optional(
                "shared_credentials_files",
                list_of_strings(),
                "Instead of `~/.aws/credentials`.",
            ),
            optional(
                "allowed_account_ids",
                set_of_strings(),
                "The only accounts that may be worked on.",
            ),
            optional(
                "forbidden_account_ids",
                set_of_strings(),
                "Accounts that may not be worked on.",
            ),
            optional(
                "max_retries",
                Type::Number,
                "How many times a request is tried at most; 25 if not given.",
            ),
            text("retry_mode", "`standard` or `adaptive`.")
                .validate(one_of!("standard", "adaptive")),
            optional(
                "token_bucket_rate_limiter_capacity",
                Type::Number,
                "Accepted for compatibility; the SDK's own limiter is used.",
            ),
            text(
                "custom_ca_bundle",
                "A file with certificates of authorities to trust, besides those of the system.",
            ),
            text("http_proxy", "The proxy for HTTP."),
            text("https_proxy", "The proxy for HTTPS."),
            text("no_proxy", "Hosts to which no proxy is used, separated by commas."),
            flag("insecure", "Refused: certificates are always checked. Use `custom_ca_bundle`."),
            text("ec2_metadata_service_endpoint", "The address of the instance metadata service."),
            text("ec2_metadata_service_endpoint_mode", "`IPv4` or `IPv6`.")
                .validate(one_of!("IPv4", "IPv6")),
            flag(
                "s3_use_path_style",
                "Whether S3 is asked for `/BUCKET/KEY` rather than `BUCKET.`.",
            ),
            text("s3_us_east_1_regional_endpoint", "`legacy` or `regional`.")
                .validate(one_of!("legacy", "regional")),
            text("sts_region", "The region of the STS endpoint."),
            flag(
                "skip_credentials_validation",
                "Whether to do without a look at the credentials before work begins.",
            ),
            text(
                "skip_metadata_api_check",
                "Whether to do without the instance metadata service: `true` or `false`.",
            ),
            flag("skip_region_validation", "Whether a region of an unknown name is accepted."),
            flag(
                "skip_requesting_account_id",
                "Whether to do without asking STS for the account id.",
            ),
            flag("use_dualstack_endpoint", "Whether to use endpoints with IPv4 and IPv6."),
            flag("use_fips_endpoint", "Whether to use FIPS endpoints."),
            flag("simulate", "Whether the objects exist in the simulated cloud only."),
        ],
        [
            NestedBlock::new(
                "assume_role",
                Nesting::List,
                Block::new(
                    [
                        text("role_arn", "The role."),
                        text("session_name", "The name of the session."),
                        text(
                            "external_id",
                            "The external id that the role's trust policy asks for.",
                        ),
                        text("source_identity", "The source identity of the session."),
                        text("duration", "How long the session lasts, as `1h`."),
                        text("policy", "A policy that restricts the session."),
                        optional(
                            "policy_arns",
                            set_of_strings(),
                            "Policies that restrict the session.",
                        ),
                        optional("tags", Type::map(Type::String), "Tags of the session."),
                        optional(
                            "transitive_tag_keys",
                            set_of_strings(),
                            "Keys of tags that pass to further sessions.",
                        ),
                    ],
                    [],
                ),
            )
            .describe("A role to act as. Several are assumed one after the other."),
            NestedBlock::one(
                "assume_role_with_web_identity",
                Block::new(
                    [
                        text("role_arn", "The role."),
                        text("session_name", "The name of the session."),
                        text("web_identity_token", "The token.").sensitive(),
                        text("web_identity_token_file", "The file with the token."),
                        text("duration", "How long the session lasts, as `1h`."),
                        text("policy", "A policy that restricts the session."),
                        optional(
                            "policy_arns",
                            set_of_strings(),
                            "Policies that restrict the session.",
                        ),
                    ],
                    [],
                ),
            )
            .describe("A role to act as with a token of an identity provider."),
            NestedBlock::one(
                "default_tags",
                Block::new([optional("tags", Type::map(Type::String), "The tags.")], []),
            )
            .describe("Tags that every object gets."),
            NestedBlock::one(
                "ignore_tags",
                Block::new(
                    [
                        optional("keys", set_of_strings(), "Keys of tags."),
                        optional("key_prefixes", set_of_strings(), "Beginnings of keys of tags."),
                    ],
                    [],
                ),
            )
            .describe("Tags that are left alone, whatever set them."),
            NestedBlock::new("endpoints", Nesting::Set, endpoints_block())
                .describe("Addresses of services, instead of those of AWS."),
        ],
    )
}

fn endpoints_block() -> Block {
    let attributes = endpoints::ENDPOINT_NAMES.iter().map(|name| {
        Attribute::optional(name, Type::String)
            .describe("The address of the service's endpoint.")
            .validate(validate::url)
    });
    Block::new(attributes, [])
}
