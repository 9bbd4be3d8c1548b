//! The nested blocks of a cluster.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock};

use crate::toolkit::validate::{arn, ipv4_cidr, one_of};
use crate::toolkit::{
    computed, optional, optional_computed, required, set_of_strings, timeouts_block,
};

fn switch(name: &'static str, description: &'static str) -> NestedBlock {
    NestedBlock::one(name, Block::new([optional("enabled", Type::Bool, "Whether it is on.")], []))
        .describe(description)
}

pub(super) fn blocks() -> Vec<NestedBlock> {
    vec![
        access_config(),
        compute_config(),
        encryption_config(),
        kubernetes_network_config(),
        outpost_config(),
        remote_network_config(),
        NestedBlock::one(
            "storage_config",
            Block::new([], [switch("block_storage", "Volumes of EBS.")]),
        )
        .describe("Storage that EKS Auto Mode looks after."),
        timeouts_block(&["create", "delete", "update"]),
        NestedBlock::one(
            "upgrade_policy",
            Block::new(
                [optional_computed("support_type", Type::String, "`STANDARD` or `EXTENDED`.")
                    .validate(one_of!("STANDARD", "EXTENDED"))],
                [],
            ),
        )
        .computed()
        .describe("What happens at the end of standard support of a version."),
        vpc_config(),
        switch("zonal_shift_config", "Whether traffic may be taken away from a zone."),
    ]
}

fn access_config() -> NestedBlock {
    NestedBlock::one(
        "access_config",
        Block::new(
            [
                optional_computed(
                    "authentication_mode",
                    Type::String,
                    "`CONFIG_MAP`, `API` or `API_AND_CONFIG_MAP`.",
                )
                .validate(one_of!("CONFIG_MAP", "API", "API_AND_CONFIG_MAP")),
                // Looked at when a cluster is made, and never told again. Terraform takes it for false where it
                // is not written, and so replaces a cluster when somebody adds the block to set the mode. Here
                // it stays what it was.
                optional_computed(
                    "bootstrap_cluster_creator_admin_permissions",
                    Type::Bool,
                    "Whether who makes the cluster becomes its administrator.",
                )
                .force_new(),
            ],
            [],
        ),
    )
    .computed()
    .describe("Who may use the Kubernetes API.")
}

fn compute_config() -> NestedBlock {
    NestedBlock::one(
        "compute_config",
        Block::new(
            [
                optional("enabled", Type::Bool, "Whether it is on."),
                optional("node_pools", set_of_strings(), "`general-purpose`, `system`."),
                optional("node_role_arn", Type::String, "The role of the nodes.").validate(arn),
            ],
            [],
        ),
    )
    .describe("Nodes that EKS Auto Mode looks after.")
}

fn encryption_config() -> NestedBlock {
    let provider = Block::new([required("key_arn", Type::String, "The key of KMS.")], []);
    NestedBlock::one(
        "encryption_config",
        Block::new(
            [required("resources", set_of_strings(), "What is encrypted: `secrets`.")],
            [NestedBlock::one("provider", provider).required().describe("With what.")],
        ),
    )
    .describe("Encryption of secrets with a key of one's own.")
}

fn kubernetes_network_config() -> NestedBlock {
    NestedBlock::one(
        "kubernetes_network_config",
        Block::new(
            [
                optional_computed("ip_family", Type::String, "`ipv4` or `ipv6`.")
                    .force_new()
                    .validate(one_of!("ipv4", "ipv6")),
                optional_computed(
                    "service_ipv4_cidr",
                    Type::String,
                    "The network of services, from /12 to /24.",
                )
                .force_new()
                .validate(ipv4_cidr),
                computed("service_ipv6_cidr", Type::String, "The IPv6 network of services."),
            ],
            [switch("elastic_load_balancing", "Load balancers that EKS Auto Mode looks after.")
                .computed()],
        ),
    )
    .computed()
    .describe("The network inside the cluster.")
}

fn outpost_config() -> NestedBlock {
    let placement =
        Block::new([required("group_name", Type::String, "The placement group.").force_new()], []);
    NestedBlock::one(
        "outpost_config",
        Block::new(
            [
                required("control_plane_instance_type", Type::String, "The type of instances.")
                    .force_new(),
                // No call changes it, whatever Terraform plans.
                required("outpost_arns", set_of_strings(), "The Outpost.").force_new(),
            ],
            [NestedBlock::one("control_plane_placement", placement)
                .describe("Where on the Outpost.")],
        ),
    )
    .describe("A control plane on an Outpost.")
}

fn remote_network_config() -> NestedBlock {
    let networks = |name, description| {
        let cidrs = optional("cidrs", set_of_strings(), "The networks.").force_new();
        NestedBlock::one(name, Block::new([cidrs], [])).describe(description)
    };
    NestedBlock::one(
        "remote_network_config",
        Block::new(
            [],
            [
                networks("remote_node_networks", "Networks of nodes.").required(),
                networks("remote_pod_networks", "Networks of pods.").computed(),
            ],
        ),
    )
    .force_new()
    .describe("Networks of hybrid nodes outside of AWS.")
}

fn vpc_config() -> NestedBlock {
    NestedBlock::one(
        "vpc_config",
        Block::new(
            [
                computed("cluster_security_group_id", Type::String, "The group of all nodes."),
                computed("vpc_id", Type::String, "The VPC."),
                required("subnet_ids", set_of_strings(), "Subnets of two zones at least."),
                optional("security_group_ids", set_of_strings(), "Further security groups."),
                optional(
                    "endpoint_private_access",
                    Type::Bool,
                    "Whether the VPC can reach the API.",
                )
                .default(false),
                optional("endpoint_public_access", Type::Bool, "Whether the Internet can.")
                    .default(true),
                optional_computed(
                    "public_access_cidrs",
                    set_of_strings(),
                    "Networks of the Internet that can.",
                ),
            ],
            [],
        ),
    )
    .required()
    .describe("Where the cluster is, and who can reach its API.")
}
