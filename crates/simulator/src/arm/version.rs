//! The `api-version` option: required, well formed, and not older than the first one served.

use super::error::ArmError;
use crate::server::call::Request;

/// A family of resource types that share their api-versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Tenants, subscriptions and locations.
    Subscriptions,
    /// Resource groups, resources, providers and operations.
    Resources,
    /// Management groups.
    Management,
    /// Role definitions, role assignments, deny assignments, permissions.
    Authorization,
    /// PIM schedules and their requests.
    Schedules,
    /// Policy assignments.
    Policy,
    /// Storage accounts and containers.
    Storage,
    /// Kubernetes clusters.
    ContainerService,
}

impl Family {
    /// Known versions, newest first. Later ones that clients send are served too: answers do not differ
    /// by version in the fields given here (azure.md 3.1).
    pub(super) const fn versions(self) -> &'static [&'static str] {
        match self {
            Self::Subscriptions => &["2022-12-01", "2021-01-01", "2020-01-01", "2019-11-01", "2016-06-01"],
            Self::Resources => &[
                "2025-04-01",
                "2024-11-01",
                "2022-09-01",
                "2021-04-01",
                "2020-06-01",
                "2018-05-01",
                "2014-04-01",
            ],
            Self::Management => {
                &["2023-04-01", "2021-04-01", "2020-05-01", "2020-02-01", "2018-03-01-preview"]
            }
            Self::Authorization => &["2022-04-01", "2020-04-01-preview", "2018-07-01", "2015-07-01"],
            Self::Schedules => &["2022-04-01-preview", "2020-10-01", "2020-10-01-preview"],
            Self::Policy => &["2023-04-01", "2022-06-01", "2021-06-01", "2018-05-01"],
            Self::Storage => {
                &["2026-09-01", "2024-01-01", "2023-05-01", "2021-09-01", "2019-06-01", "2016-01-01"]
            }
            Self::ContainerService => &["2026-08-01", "2024-09-01", "2023-10-01", "2021-05-01", "2018-03-31"],
        }
    }

    /// The resource type that an unsupported version is reported for; none for the front door's own types.
    const fn provider_type(self) -> Option<&'static str> {
        match self {
            Self::Subscriptions | Self::Resources => None,
            Self::Management => Some("managementGroups"),
            Self::Authorization => Some("roleAssignments"),
            Self::Schedules => Some("roleAssignmentScheduleInstances"),
            Self::Policy => Some("policyAssignments"),
            Self::Storage => Some("storageAccounts"),
            Self::ContainerService => Some("managedClusters"),
        }
    }
}

/// Whether the request says a version that its family serves.
pub(super) fn check(request: &Request, family: Family) -> Result<(), ArmError> {
    let version = request.option("api-version").filter(|version| !version.is_empty());
    let version = version.ok_or(ArmError::MissingApiVersion)?;
    let known = family.versions();
    let first = known.last().and_then(|oldest| oldest.get(..10)).unwrap_or_default();
    if date_of(version).is_some_and(|date| date >= first) {
        return Ok(());
    }
    let (version, supported) = (version.to_owned(), known.join(","));
    Err(match family.provider_type().filter(|_| date_of(&version).is_some()) {
        Some(resource_type) => ArmError::NoRegisteredProvider { version, resource_type, supported },
        None => ArmError::InvalidApiVersion { version, supported },
    })
}

/// The date of a well-formed version: `YYYY-MM-DD`, `-preview` or another suffix of letters after it.
fn date_of(version: &str) -> Option<&str> {
    let date = version.get(..10)?;
    let suffix = version.get(10..)?;
    let shaped = date.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let month_and_day = date[5..7].parse::<u8>().is_ok_and(|month| (1..=12).contains(&month))
        && date[8..].parse::<u8>().is_ok_and(|day| (1..=31).contains(&day));
    let plain = suffix.is_empty()
        || suffix
            .strip_prefix('-')
            .is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    (shaped && month_and_day && plain).then_some(date)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};
    use uuid::Uuid;

    use super::*;

    fn code(target: &str, family: Family) -> Option<&'static str> {
        let request =
            Request::new(Method::GET, target, HeaderMap::new(), Bytes::new(), "https://arm", Uuid::nil());
        check(&request, family).err().map(|error| error.code())
    }

    #[test]
    fn a_version_is_required() {
        assert_eq!(code("/subscriptions", Family::Subscriptions), Some("MissingApiVersionParameter"));
        assert_eq!(
            code("/subscriptions?api-version=", Family::Subscriptions),
            Some("MissingApiVersionParameter")
        );
    }

    #[test]
    fn known_and_later_versions_are_served() {
        for version in ["2022-12-01", "2016-06-01", "2031-01-01", "2023-01-01-preview"] {
            assert_eq!(code(&format!("/s?API-Version={version}"), Family::Subscriptions), None, "{version}");
        }
    }

    #[test]
    fn malformed_and_too_old_versions_are_refused_by_the_front_door_or_the_provider() {
        for version in ["1999-01-01", "latest", "2022-13-01", "2022-12-01-", "2022-12-1"] {
            assert_eq!(
                code(&format!("/s?api-version={version}"), Family::Subscriptions),
                Some("InvalidApiVersionParameter"),
                "{version}"
            );
        }
        assert_eq!(code("/s?api-version=1999-01-01", Family::Storage), Some("NoRegisteredProviderFound"));
        assert_eq!(code("/s?api-version=x", Family::Storage), Some("InvalidApiVersionParameter"));
    }
}
