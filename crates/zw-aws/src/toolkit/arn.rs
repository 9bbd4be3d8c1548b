//! Names of resources, and what they are made of.

/// The partition of a region, the second part of every ARN in it.
pub(crate) fn partition(region: &str) -> &'static str {
    partition_of(region).0
}

/// The domain under which the partition's endpoints and service principals are.
pub(crate) fn dns_suffix(partition: &str) -> &'static str {
    PARTITIONS
        .iter()
        .find(|(_, (name, _))| *name == partition)
        .map_or("amazonaws.com", |(_, (_, suffix))| suffix)
}

/// Beginnings of regions' names, with the partition and its domain. Source: `partitions.json` of the SDKs.
const PARTITIONS: [(&str, (&str, &str)); 8] = [
    ("cn-", ("aws-cn", "amazonaws.com.cn")),
    ("us-gov-", ("aws-us-gov", "amazonaws.com")),
    ("us-isob-", ("aws-iso-b", "sc2s.sgov.gov")),
    ("us-iso-", ("aws-iso", "c2s.ic.gov")),
    ("us-isof-", ("aws-iso-f", "csp.hci.ic.gov")),
    ("eu-isoe-", ("aws-iso-e", "cloud.adc-e.uk")),
    ("eusc-", ("aws-eusc", "amazonaws.eu")),
    ("", ("aws", "amazonaws.com")),
];

fn partition_of(region: &str) -> (&'static str, &'static str) {
    PARTITIONS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or(("aws", "amazonaws.com"), |(_, partition)| *partition)
}
