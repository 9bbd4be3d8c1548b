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

/// Where a region is. Source: `endpoints.json` of the SDKs.
pub(crate) fn region_description(region: &str) -> Option<&'static str> {
    let at = REGIONS.binary_search_by(|(name, _)| (*name).cmp(region)).ok()?;
    Some(REGIONS[at].1)
}

/// Names of regions, sorted, and where they are.
const REGIONS: [(&str, &str); 42] = [
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-east-2", "Asia Pacific (Taipei)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-6", "Asia Pacific (New Zealand)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-isoe-west-1", "EU ISOE West"),
    ("eu-north-1", "Europe (Stockholm)"),
    ("eu-south-1", "Europe (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("eu-west-2", "Europe (London)"),
    ("eu-west-3", "Europe (Paris)"),
    ("eusc-de-east-1", "AWS European Sovereign Cloud (Germany)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (Sao Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-iso-east-1", "US ISO East"),
    ("us-isob-east-1", "US ISOB East (Ohio)"),
    ("us-west-1", "US West (N. California)"),
    ("us-west-2", "US West (Oregon)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_sorted_and_have_partitions() {
        assert!(REGIONS.is_sorted_by(|some, other| some.0 < other.0));
        assert_eq!(region_description("eu-west-1"), Some("Europe (Ireland)"));
        assert_eq!(region_description("moon-1"), None);
        assert_eq!(partition("us-gov-east-1"), "aws-us-gov");
        assert_eq!(partition("us-isob-east-1"), "aws-iso-b");
        assert_eq!(dns_suffix(partition("cn-north-1")), "amazonaws.com.cn");
        assert_eq!(dns_suffix(partition("eu-west-1")), "amazonaws.com");
    }
}
