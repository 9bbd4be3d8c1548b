//! EKS: Kubernetes clusters, their nodes and add-ons.

mod access_entry;
mod access_policy_association;
mod addon;
mod cluster;
mod cluster_auth;
mod cluster_data;
mod fargate_profile;
mod node_group;
mod pod_identity_association;

use zw_lang::Value;
use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_eks_access_entry", access_entry::schema())
        .resource("aws_eks_access_policy_association", access_policy_association::schema())
        .validate_hook("aws_eks_access_policy_association", access_policy_association::validate)
        .resource("aws_eks_fargate_profile", fargate_profile::schema())
        .resource("aws_eks_pod_identity_association", pod_identity_association::schema())
        .resource("aws_eks_addon", addon::schema())
        .plan_hook("aws_eks_addon", addon::plan)
        .validate_hook("aws_eks_addon", addon::validate)
        .resource("aws_eks_cluster", cluster::schema())
        .plan_hook("aws_eks_cluster", cluster::plan)
        .validate_hook("aws_eks_cluster", cluster::validate)
        .resource("aws_eks_node_group", node_group::schema())
        .plan_hook("aws_eks_node_group", node_group::plan)
        .validate_hook("aws_eks_node_group", node_group::validate)
        .data_source("aws_eks_cluster", cluster_data::schema())
        .data_source("aws_eks_cluster_auth", cluster_auth::schema());
}

/// The name of a cluster. Source: `CreateCluster`, EKS API 2017-11-01.
fn cluster_name(value: &Value) -> Result<(), String> {
    let Some(name) = value.as_str() else { return Ok(()) };
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 100 {
        return Err(format!("it must have 1 to 100 characters, and has {}.", name.len()));
    }
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(is_allowed) {
        return Err(
            "it must begin with a letter or digit; after that - and _ are allowed, too.".into()
        );
    }
    Ok(())
}

#[cfg(feature = "eks")]
pub(crate) use live::operations;

#[cfg(feature = "eks")]
mod live {
    //! What all types of EKS have in common.

    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_eks::types::{Update, UpdateStatus};
    use zw_lang::{Path, Value};
    use zw_provider::{OpError, OpErrorKind, OpResult, Operations, View};

    use super::{
        access_entry, access_policy_association, addon, cluster, cluster_auth, cluster_data,
        fargate_profile, node_group, pod_identity_association,
    };
    use crate::toolkit::{Answer, AwsClients, Progress, Register, TagChange, Wait};

    /// How long it may take until IAM's changes are known to EKS.
    pub(super) const PROPAGATION_TIMEOUT: Duration = Duration::from_mins(2);

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(access_entry::live::AccessEntry)
            .add(access_policy_association::live::AccessPolicyAssociation)
            .add(fargate_profile::live::FargateProfile)
            .add(pod_identity_association::live::PodIdentityAssociation)
            .resource("aws_eks_addon", addon::live::Addon)
            .resource("aws_eks_cluster", cluster::live::Cluster)
            .resource("aws_eks_node_group", node_group::live::NodeGroup)
            .data_source("aws_eks_cluster", cluster_data::live::ClusterData)
            .data_source("aws_eks_cluster_auth", cluster_auth::live::ClusterAuth);
    }

    /// The tags of a new object; `None` if there are none.
    pub(super) fn new_tags(
        client: &AwsClients,
        planned: &Value,
    ) -> Option<HashMap<String, String>> {
        let tags: HashMap<String, String> = client.tags.wanted(planned).into_iter().collect();
        Some(tags).filter(|tags| !tags.is_empty())
    }

    /// Keys and values.
    pub(super) fn pairs(
        tags: Option<&HashMap<String, String>>,
    ) -> impl Iterator<Item = (String, String)> {
        tags.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone()))
    }

    /// Changes tags of an object from what they are to what is planned.
    pub(super) async fn update_tags(
        client: &AwsClients,
        prior: &Value,
        planned: &Value,
    ) -> OpResult<()> {
        let arn = View::new(prior).str_or_empty("arn");
        retag(client, arn, client.tags.change(prior, planned)).await
    }

    /// Changes tags of what has an ARN.
    pub(super) async fn retag(client: &AwsClients, arn: &str, tags: TagChange) -> OpResult<()> {
        if let Some(keys) = tags.removed() {
            let call = client.eks().untag_resource().resource_arn(arn);
            call.set_tag_keys(Some(keys)).send().await.of("eks:UntagResource")?;
        }
        if let Some(set) = tags.set_map() {
            let call = client.eks().tag_resource().resource_arn(arn);
            call.set_tags(Some(set)).send().await.of("eks:TagResource")?;
        }
        Ok(())
    }

    /// The answer, or `None` if the cluster or what is in it does not exist.
    pub(super) fn if_there<T>(answer: OpResult<T>) -> OpResult<Option<T>> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            // The API says it in two ways.
            Err(error)
                if error.is_not_found() || error.message.contains("No cluster found for name") =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The error of a creation: an object of that name is no dependency, although the code says so.
    pub(super) fn creation_error(mut error: OpError) -> OpError {
        if error.kind == OpErrorKind::DependencyViolation
            && error.message.contains("already exists")
        {
            error.kind = OpErrorKind::AlreadyExists;
        }
        error
    }

    /// Whether a role was made or got its policies so recently that EKS does not know of it yet.
    pub(super) fn is_role_not_known_yet(error: &OpError) -> bool {
        const MESSAGES: [&str; 6] = [
            "does not exist",
            "Error in role params",
            "Role could not be assumed because the trusted entity is not correct",
            "The provided role doesn't have the Amazon EKS Managed Policies associated with it",
            "IAM role's policy must include",
            "CREATE_FAILED",
        ];
        error.code.as_deref() == Some("InvalidParameterException")
            && MESSAGES.iter().any(|message| error.message.contains(message))
    }

    /// Whether the object is busy with something that will end.
    pub(super) fn is_in_progress(error: &OpError) -> bool {
        error.kind == OpErrorKind::DependencyViolation && error.message.contains("in progress")
    }

    /// The token of one of several calls of a change.
    pub(super) fn step_token(token: &str, step: &str) -> String {
        const LENGTH_MAX: usize = 64;
        let room = LENGTH_MAX.saturating_sub(step.len() + 1);
        let from = token.len().saturating_sub(room);
        format!("{}-{step}", token.get(from..).unwrap_or(token))
    }

    /// What an update is of.
    pub(super) enum Updated<'a> {
        Cluster(&'a str),
        NodeGroup { cluster: &'a str, name: &'a str },
        Addon { cluster: &'a str, name: &'a str },
    }

    impl Updated<'_> {
        fn name(&self) -> String {
            match self {
                Self::Cluster(name) => (*name).to_owned(),
                Self::NodeGroup { cluster, name } | Self::Addon { cluster, name } => {
                    format!("{cluster}:{name}")
                }
            }
        }

        /// Waits until an update has ended, and fails if it has failed.
        ///
        /// An answer to a change without an update in it comes from an emulator that does at once what it is asked.
        pub(super) async fn wait(
            &self,
            client: &AwsClients,
            update: Option<Update>,
            timeout: Duration,
        ) -> OpResult<()> {
            let Some(update) = update else { return Ok(()) };
            let id = update.id.clone().unwrap_or_default();
            // Most of the time the first answer is not the last.
            if is_done(&update, &self.name())? {
                return Ok(());
            }
            Wait::new(format!("the update {id} of {}", self.name()), timeout)
                .until(|| async {
                    let update = self.describe(client, &id).await?;
                    let is_done = is_done(&update, &self.name())?;
                    Ok(if is_done {
                        Progress::Ready(())
                    } else {
                        Progress::Pending("InProgress".into())
                    })
                })
                .await
        }

        async fn describe(&self, client: &AwsClients, id: &str) -> OpResult<Update> {
            let call = client.eks().describe_update().update_id(id);
            let call = match self {
                Self::Cluster(cluster) => call.name(*cluster),
                Self::NodeGroup { cluster, name } => call.name(*cluster).nodegroup_name(*name),
                Self::Addon { cluster, name } => call.name(*cluster).addon_name(*name),
            };
            let answer = call.send().await.of("eks:DescribeUpdate")?;
            answer.update.ok_or_else(|| nothing("eks:DescribeUpdate"))
        }
    }

    fn is_done(update: &Update, name: &str) -> OpResult<bool> {
        match &update.status {
            Some(UpdateStatus::Successful) => Ok(true),
            Some(UpdateStatus::InProgress) | None => Ok(false),
            Some(status) => {
                let issues = update.errors().iter().map(|error| {
                    let code = error.error_code().map_or("", |code| code.as_str());
                    issue(code, error.error_message(), error.resource_ids())
                });
                Err(failed(&format!("The update of {name} ended as {status}"), issues))
            }
        }
    }

    /// An issue of an object's health, in words.
    pub(super) fn issue(code: &str, message: Option<&str>, ids: &[String]) -> String {
        let about = if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(", ")) };
        format!("{code}: {}{about}", message.unwrap_or_default())
    }

    /// The error of something that has failed in its own time.
    pub(super) fn failed(what: &str, issues: impl Iterator<Item = String>) -> OpError {
        let mut message = format!("{what}.");
        for issue in issues {
            message.push('\n');
            message.push_str(&issue);
        }
        OpError::new(OpErrorKind::Other, message)
    }

    /// The error of an answer that lacks what was asked for.
    pub(super) fn nothing(operation: &str) -> OpError {
        OpError::new(OpErrorKind::Other, "The answer is empty.").operation(operation)
    }

    /// The two names in the id of something in a cluster.
    pub(super) fn names(id: &str) -> OpResult<(&str, &str)> {
        id.split_once(':')
            .filter(|(cluster, name)| !cluster.is_empty() && !name.is_empty())
            .ok_or_else(|| {
                let message = format!("{id:?} is not of the form CLUSTER:NAME.");
                OpError::invalid(Path::attr_of_root("id"), message)
            })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn tokens_of_steps_differ_and_fit() {
            let token = "a".repeat(64);
            assert_eq!(step_token(&token, "version").len(), 64);
            assert_ne!(step_token(&token, "version"), step_token(&token, "logging"));
            assert_eq!(step_token("zw-1", "version"), "zw-1-version");
        }

        #[test]
        fn ids_have_two_names() {
            assert_eq!(names("c:n"), Ok(("c", "n")));
            for wrong in ["", "c", ":n", "c:"] {
                assert!(names(wrong).is_err(), "{wrong}");
            }
        }
    }
}
