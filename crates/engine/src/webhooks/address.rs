//! Which addresses are called. An endpoint's address is a person's, its host name may be anybody's: a name that
//! leads into the network this runs in, or to the addresses where clouds hand out credentials, is not followed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::WebhookError;

/// Checks an endpoint's address as far as that goes without looking its host up.
///
/// # Errors
/// `Url`, with what to do.
pub fn check_url(url: &Url, allow_private: bool) -> Result<(), WebhookError> {
    let refuse = |problem| Err(WebhookError::Url { url: Box::new(url.clone()), problem });
    let (is_local, is_private) = match url.host() {
        None => return refuse("it names no host"),
        Some(Host::Domain(name)) => {
            let local = name == "localhost" || name.ends_with(".localhost");
            (local, local)
        }
        Some(Host::Ipv4(address)) => (address.is_loopback(), !is_public(address.into())),
        Some(Host::Ipv6(address)) => (address.is_loopback(), !is_public(address.into())),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it holds a password; deliveries are signed, so leave it out");
    }
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        return refuse("use https");
    }
    if is_private && !allow_private {
        return refuse(
            "it lies in a private network or on this machine; say --allow-private if that is meant",
        );
    }
    Ok(())
}

/// Whether an address belongs to the public internet (IANA's registries of special-purpose addresses).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        // Shared by carriers' customers (RFC 6598); some clouds answer with metadata there.
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments (RFC 6890) and 6to4 relays (RFC 7526).
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // Benchmarks (RFC 2544).
        || (a == 198 && (b == 18 || b == 19))
        // Azure's own platform services, from inside any virtual machine.
        || address == Ipv4Addr::new(168, 63, 129, 16);
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, .., seventh, eighth] = address.segments();
    // Addresses that stand for an IPv4 one are judged as that one.
    let embedded = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => embedded(seventh, eighth),
        [0x2002, high, low, ..] => embedded(high, low),
        // Global unicast is 2000::/3; of it, protocol assignments (Teredo among them) and documentation are not.
        _ => {
            (0x2000..0x4000).contains(&first)
                && !(first == 0x2001 && second < 0x200)
                && !(first == 0x2001 && second == 0xdb8)
                && !(first == 0x3fff && second < 0x1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in
            ["1.1.1.1", "20.50.2.3", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        let special = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.192",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for special in special {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }

    #[test]
    fn an_endpoint_is_an_https_address_without_a_password() {
        let check = |url: &str, private| check_url(&url.parse().unwrap(), private);
        assert_eq!(check("https://hooks.contoso.example/fairlead?team=1", false), Ok(()));
        for (url, private) in [
            ("http://127.0.0.1:8080/", true),
            ("http://[::1]:8080/", true),
            ("http://localhost/", true),
            ("https://10.0.0.1/", true),
        ] {
            assert_eq!(check(url, private), Ok(()), "{url}");
            assert!(check(url, false).is_err(), "{url}");
        }
        for url in [
            "http://hooks.contoso.example/",
            "http://10.0.0.1/",
            "https://user@contoso.example/",
            "https://:secret@contoso.example/",
            "ftp://contoso.example/",
            "mailto:a@contoso.example",
            "http://0x7f.1.example/",
        ] {
            assert!(check(url, true).is_err(), "{url}");
        }
        // However an address is spelt, the address counts.
        for url in
            ["https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://[::ffff:10.0.0.1]/"]
        {
            assert!(check(url, false).is_err(), "{url}");
        }
    }
}
