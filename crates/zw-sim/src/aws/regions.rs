//! Regions and their availability zones, as of 2025.

/// A region.
pub(super) struct Region {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// What the ids of its zones begin with.
    pub(super) zone_id_prefix: &'static str,
    /// The letters of its zones, in the order of their ids.
    zones: &'static str,
}

const fn region(
    name: &'static str,
    description: &'static str,
    zone_id_prefix: &'static str,
    zones: &'static str,
) -> Region {
    Region { name, description, zone_id_prefix, zones }
}

/// Which letter is which id differs from account to account; here they go by the alphabet.
static REGIONS: [Region; 38] = [
    region("us-east-1", "US East (N. Virginia)", "use1", "abcdef"),
    region("us-east-2", "US East (Ohio)", "use2", "abc"),
    region("us-west-1", "US West (N. California)", "usw1", "ac"),
    region("us-west-2", "US West (Oregon)", "usw2", "abcd"),
    region("af-south-1", "Africa (Cape Town)", "afs1", "abc"),
    region("ap-east-1", "Asia Pacific (Hong Kong)", "ape1", "abc"),
    region("ap-east-2", "Asia Pacific (Taipei)", "ape2", "abc"),
    region("ap-northeast-1", "Asia Pacific (Tokyo)", "apne1", "acd"),
    region("ap-northeast-2", "Asia Pacific (Seoul)", "apne2", "abcd"),
    region("ap-northeast-3", "Asia Pacific (Osaka)", "apne3", "abc"),
    region("ap-south-1", "Asia Pacific (Mumbai)", "aps1", "abc"),
    region("ap-south-2", "Asia Pacific (Hyderabad)", "aps2", "abc"),
    region("ap-southeast-1", "Asia Pacific (Singapore)", "apse1", "abc"),
    region("ap-southeast-2", "Asia Pacific (Sydney)", "apse2", "abc"),
    region("ap-southeast-3", "Asia Pacific (Jakarta)", "apse3", "abc"),
    region("ap-southeast-4", "Asia Pacific (Melbourne)", "apse4", "abc"),
    region("ap-southeast-5", "Asia Pacific (Malaysia)", "apse5", "abc"),
    region("ap-southeast-6", "Asia Pacific (New Zealand)", "apse6", "abc"),
    region("ap-southeast-7", "Asia Pacific (Thailand)", "apse7", "abc"),
    region("ca-central-1", "Canada (Central)", "cac1", "abd"),
    region("ca-west-1", "Canada West (Calgary)", "caw1", "abc"),
    region("eu-central-1", "Europe (Frankfurt)", "euc1", "abc"),
    region("eu-central-2", "Europe (Zurich)", "euc2", "abc"),
    region("eu-north-1", "Europe (Stockholm)", "eun1", "abc"),
    region("eu-south-1", "Europe (Milan)", "eus1", "abc"),
    region("eu-south-2", "Europe (Spain)", "eus2", "abc"),
    region("eu-west-1", "Europe (Ireland)", "euw1", "abc"),
    region("eu-west-2", "Europe (London)", "euw2", "abc"),
    region("eu-west-3", "Europe (Paris)", "euw3", "abc"),
    region("il-central-1", "Israel (Tel Aviv)", "ilc1", "abc"),
    region("me-central-1", "Middle East (UAE)", "mec1", "abc"),
    region("me-south-1", "Middle East (Bahrain)", "mes1", "abc"),
    region("mx-central-1", "Mexico (Central)", "mxc1", "abc"),
    region("sa-east-1", "South America (Sao Paulo)", "sae1", "abc"),
    region("us-gov-east-1", "AWS GovCloud (US-East)", "usge1", "abc"),
    region("us-gov-west-1", "AWS GovCloud (US-West)", "usgw1", "abc"),
    region("cn-north-1", "China (Beijing)", "cnn1", "abd"),
    region("cn-northwest-1", "China (Ningxia)", "cnnw1", "abc"),
];

fn find(region: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|known| known.name == region)
}

/// What people call a region.
pub(super) fn description(region: &str) -> &str {
    find(region).map_or(region, |known| known.description)
}

/// Names and ids of the zones of a region. One that is not known has three.
pub(super) fn zones(region: &str) -> Vec<(String, String)> {
    let (prefix, letters) = match find(region) {
        Some(known) => (known.zone_id_prefix.to_owned(), known.zones),
        None => (region.replace('-', ""), "abc"),
    };
    let zone = |(at, letter)| (format!("{region}{letter}"), format!("{prefix}-az{}", at + 1));
    letters.chars().enumerate().map(zone).collect()
}

/// Beginnings of the names of regions, with the partition and what the names of its endpoints end with. Source:
/// `partitions.json` of the SDKs.
const PARTITIONS: [(&str, &str, &str); 8] = [
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("", "aws", "amazonaws.com"),
];

/// The partition of a region.
pub(super) fn partition(region: &str) -> &'static str {
    let found = PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix));
    found.map_or("aws", |(_, partition, _)| partition)
}

/// What the names of a partition's endpoints end with.
pub(super) fn dns_suffix(partition: &str) -> &'static str {
    let found = PARTITIONS.iter().find(|(_, name, _)| *name == partition);
    found.map_or("amazonaws.com", |(.., suffix)| suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_names_and_ids_of_their_region() {
        let names = |region| zones(region).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names("us-east-1").len(), 6);
        assert_eq!(
            names("ap-northeast-1"),
            ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
        );
        assert_eq!(zones("eu-west-1")[2], ("eu-west-1c".to_owned(), "euw1-az3".to_owned()));
        assert_eq!(names("xx-new-1"), ["xx-new-1a", "xx-new-1b", "xx-new-1c"]);
    }

    #[test]
    fn no_region_is_there_twice() {
        for key in [|region: &Region| region.name, |region: &Region| region.zone_id_prefix] {
            let mut keys: Vec<&str> = REGIONS.iter().map(key).collect();
            keys.sort_unstable();
            assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        }
    }
}
