//! Functions of IP networks, of both versions.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use dashu_int::UBig;

use super::args::{Outcome, number, string, string_list, text, whole, whole_arg};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::Value;

/// The most bits by which `cidrsubnets` extends a prefix.
const SUBNETS_NEWBITS_MAX: i64 = 32;

pub(super) fn functions() -> Vec<Function> {
    let prefix = || {
        Param::new("prefix", Type::String).describe("The network, as address/length of its prefix.")
    };
    let num = |name| Param::new(name, Type::Number);
    vec![
        Function::new(
            "cidrcontains",
            "Tells whether an IP network contains an address or another network.",
            vec![
                Param::new("containing_prefix", Type::String),
                Param::new("contained_ip_or_prefix", Type::String),
            ],
            Type::Bool,
            cidrcontains,
        ),
        Function::new(
            "cidrhost",
            "Returns the address of a number in an IP network; negative ones count from the end.",
            vec![
                prefix(),
                num("hostnum")
                    .describe("The number of the address; a negative one counts from the end."),
            ],
            Type::String,
            cidrhost,
        ),
        Function::new(
            "cidrnetmask",
            "Returns the mask of an IPv4 network as an address.",
            vec![prefix()],
            Type::String,
            cidrnetmask,
        ),
        Function::new(
            "cidrsubnet",
            "Returns the subnet of a number in an IP network.",
            vec![
                prefix(),
                num("newbits").describe("How many bits are added to the prefix."),
                num("netnum")
                    .describe("The number of the subnet, which has room in the added bits."),
            ],
            Type::String,
            cidrsubnet,
        ),
        Function::new(
            "cidrsubnets",
            "Returns consecutive subnets of an IP network.",
            vec![prefix()],
            Type::list(Type::String),
            cidrsubnets,
        )
        .variadic(num("newbits")),
    ]
}

/// An IP network: the first address and the length of the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: u128,
    prefix: u32,
    /// Bits of an address: 32 or 128.
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("invalid CIDR expression: invalid CIDR address: {text}");
        let (address, prefix) = text.split_once('/').ok_or_else(invalid)?;
        let (address, bits) = parse_address(address).ok_or_else(invalid)?;
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u32 = prefix.parse().ok().filter(|_| digits).ok_or_else(invalid)?;
        if prefix > bits {
            return Err(invalid());
        }
        let network = Self { address, prefix, bits };
        Ok(Self { address: address & !network.host_mask(), ..network })
    }

    fn argument(args: &[Value], index: usize) -> Result<Self, FuncError> {
        Self::parse(text(args, index)).map_err(FuncError::new)
    }

    /// The bits of an address that count its hosts.
    const fn host_mask(&self) -> u128 {
        match self.bits - self.prefix {
            0 => 0,
            hosts => u128::MAX >> (128 - hosts),
        }
    }

    /// Whether its addresses are of version 4, written as of version 6.
    fn is_mapped(&self) -> bool {
        self.bits == 128 && Ipv6Addr::from(self.address).to_ipv4_mapped().is_some()
    }

    const fn last(&self) -> u128 {
        self.address | self.host_mask()
    }

    fn show(&self, address: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from(u32::try_from(address).unwrap_or(u32::MAX)).to_string()
        } else {
            Ipv6Addr::from(address).to_canonical().to_string()
        }
    }
}

impl fmt::Display for Network {
    /// A network of IPv6 addresses that stand for IPv4 ones is shown as one of those.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = if self.is_mapped() { self.prefix.saturating_sub(96) } else { self.prefix };
        write!(f, "{}/{prefix}", self.show(self.address))
    }
}

/// An address and how many bits it has. Zeros may lead the parts of an IPv4 address, which are
/// decimal all the same.
fn parse_address(text: &str) -> Option<(u128, u32)> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(|address| (u128::from(address), 128));
    }
    let mut address = 0u32;
    let mut parts = 0;
    for part in text.split('.') {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let part: u8 = part.parse().ok().filter(|_| digits)?;
        address = address.checked_shl(8)? | u32::from(part);
        parts += 1;
    }
    (parts == 4).then_some((u128::from(address), 32))
}

fn cidrcontains(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let outer = Network::argument(args, 0)?;
    let given = text(args, 1);
    let inner = match parse_address(given) {
        Some((address, bits)) => Network { address, prefix: bits, bits },
        None => Network::parse(given)
            .map_err(|_| FuncError::arg(1, format!("invalid IP address or prefix: {given}")))?,
    };
    if outer.bits != inner.bits {
        let version = |network: &Network| if network.bits == 32 { "IPv4" } else { "IPv6" };
        let (outer, inner) = (version(&outer), version(&inner));
        let message = format!("address family mismatch: {outer} prefix vs. {inner} address");
        return Err(FuncError::arg(1, message));
    }
    Ok(Value::from(outer.address <= inner.address && inner.last() <= outer.last()))
}

fn cidrhost(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (negative, magnitude) = number(args, 1)
        .to_big_integer()
        .ok_or_else(|| FuncError::new("value must be a whole number"))?;
    let network = Network::argument(args, 0)?;
    let hosts = UBig::from(network.host_mask()) + 1u8;
    let too_many = |shown: String| {
        let prefix = network.prefix;
        FuncError::new(format!("prefix of {prefix} does not accommodate a host numbered {shown}"))
    };
    let host = if negative {
        if magnitude > hosts {
            return Err(too_many(format!("-{}", magnitude - hosts)));
        }
        hosts - magnitude
    } else {
        if magnitude >= hosts {
            return Err(too_many(magnitude.to_string()));
        }
        magnitude
    };
    let host = u128::try_from(&host).unwrap_or(0) & network.host_mask();
    Ok(string(network.show(network.address | host)))
}

fn cidrnetmask(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let network = Network::argument(args, 0)?;
    if network.is_mapped() {
        // An address of version 4 to Terraform, which shows its mask in as many bits as it is written with.
        return Ok(string(Ipv6Addr::from(!network.host_mask()).to_string()));
    }
    if network.bits != 32 {
        let message = format!("IPv6 addresses cannot have a netmask: {}", text(args, 0));
        return Err(FuncError::new(message));
    }
    let mask = !u32::try_from(network.host_mask()).unwrap_or(u32::MAX);
    Ok(string(Ipv4Addr::from(mask).to_string()))
}

fn cidrsubnet(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let newbits = whole(args, 1)?;
    let (negative, netnum) = number(args, 2)
        .to_big_integer()
        .ok_or_else(|| FuncError::new("value must be a whole number"))?;
    let network = Network::argument(args, 0)?;
    let prefix = i64::from(network.prefix).saturating_add(newbits);
    let Some(prefix) = u32::try_from(prefix).ok().filter(|prefix| *prefix <= network.bits) else {
        return Err(FuncError::new(format!(
            "insufficient address space to extend prefix of {} by {newbits}",
            network.prefix
        )));
    };
    let subnets = UBig::from(1u8) << usize::try_from(newbits).unwrap_or(0);
    if negative || netnum >= subnets {
        let sign = if negative { "-" } else { "" };
        return Err(FuncError::new(format!(
            "prefix extension of {newbits} does not accommodate a subnet numbered {sign}{netnum}"
        )));
    }
    let subnet = u128::try_from(&netnum).unwrap_or(0);
    let subnet = subnet.checked_shl(network.bits - prefix).unwrap_or(0);
    Ok(string(Network { address: network.address | subnet, prefix, ..network }.to_string()))
}

fn cidrsubnets(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let network = Network::argument(args, 0)?;
    let mut subnets: Vec<Network> = Vec::with_capacity(args.len());
    for index in 1..args.len() {
        let newbits = whole_arg(args, index)?;
        let fail = |message: String| Err(FuncError::arg(index, message));
        if newbits < 1 {
            return fail("must extend prefix by at least one bit".into());
        }
        if newbits > SUBNETS_NEWBITS_MAX {
            return fail(format!("may not extend prefix by more than {SUBNETS_NEWBITS_MAX} bits"));
        }
        let prefix = network.prefix + u32::try_from(newbits).unwrap_or(0);
        if prefix > network.bits {
            let version = if network.bits == 32 { "IPv4" } else { "IPv6" };
            return fail(format!(
                "would extend prefix to {prefix} bits, which is too long for an {version} address"
            ));
        }
        let mask = Network { prefix, ..network }.host_mask();
        // The next address on a boundary of this size, if the network has not ended before.
        let next = match subnets.last() {
            None => Some(network.address),
            Some(previous) => (previous.last() | mask).checked_add(1),
        };
        let Some(address) = next.filter(|next| *next <= network.last()) else {
            let after = subnets.last().copied().unwrap_or(network);
            return fail(format!(
                "not enough remaining address space for a subnet with a prefix of {prefix} bits \
                 after {after}"
            ));
        };
        subnets.push(Network { address, prefix, ..network });
    }
    Ok(string_list(subnets.iter().map(ToString::to_string)))
}
