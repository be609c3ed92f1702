//! An endpoint: its path, what it costs, and who answers it. One table serves limits, logs and answers.

use http::Method;

use super::ask::Ask;
use super::change::Change;
use super::error::{Answer, GraphError};
use super::path::GraphPath;
use super::table::ENDPOINTS;
use crate::server::call::{Quota, Request, Route, RouteKind};

/// One method of one path.
pub(super) struct Endpoint {
    /// The method.
    pub(super) method: &'static str,
    /// The path; `{..}` stands for one segment.
    pub(super) template: &'static str,
    /// Resource Units before the modifiers of the query (azure.md 2.8).
    pub(super) units: u32,
    /// What it does, as far as limits go.
    pub(super) kind: RouteKind,
    /// Who answers.
    pub(super) run: Run,
}

/// Who answers an endpoint.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// Reads the world.
    Read(fn(&Ask<'_>) -> Answer),
    /// Changes the world.
    Write(fn(&mut Change<'_>) -> Answer),
    /// Carries other requests.
    Batch,
}

/// The endpoint of a path and method, with the segments in the places of its braces.
pub(super) fn find<'p>(method: &Method, path: &'p GraphPath) -> Answer<(&'static Endpoint, Vec<&'p str>)> {
    let mut other_method = false;
    for endpoint in ENDPOINTS {
        if let Some(keys) = keys(endpoint.template, &path.segments) {
            if endpoint.method == method.as_str() {
                return Ok((endpoint, keys));
            }
            other_method = true;
        }
    }
    Err(if other_method { GraphError::method() } else { GraphError::segment(unknown_segment(path)) })
}

/// What is known of a request before it is admitted.
pub(super) fn route(request: &Request) -> Route {
    let found = GraphPath::parse(request.path())
        .and_then(|path| find(&request.method, &path).ok().map(|(endpoint, _)| endpoint));
    let Some(endpoint) = found else { return Route::unknown(request) };
    Route {
        template: endpoint.template,
        cost: cost(endpoint.units, request),
        kind: endpoint.kind,
        quota: quota(endpoint, request),
    }
}

/// `$select` takes one unit off, `$expand` adds one, `$top` below 20 takes one off; never below 1.
fn cost(units: u32, request: &Request) -> u32 {
    let asked = |option| request.option(option).is_some();
    let small = request.option("$top").and_then(|top| top.parse::<u32>().ok()).is_some_and(|top| top < 20);
    let discounts = u32::from(asked("$select")) + u32::from(small);
    (units + u32::from(asked("$expand"))).saturating_sub(discounts).max(1)
}

fn quota(endpoint: &Endpoint, request: &Request) -> Quota {
    const ACTIVITY: &str = "signInActivity";
    let names_activity = |option| {
        request
            .option(option)
            .is_some_and(|text| text.to_ascii_lowercase().contains(&ACTIVITY.to_ascii_lowercase()))
    };
    if matches!(endpoint.run, Run::Batch) {
        Quota::None
    } else if endpoint.template.starts_with("/auditLogs") || endpoint.template.starts_with("/reports") {
        Quota::Reports
    } else if matches!(endpoint.template, "/users" | "/users/{id}")
        && endpoint.method == "GET"
        && (names_activity("$select") || names_activity("$filter"))
    {
        Quota::SignInActivity
    } else {
        Quota::Directory
    }
}

fn keys<'p>(template: &str, segments: &'p [String]) -> Option<Vec<&'p str>> {
    let mut keys = Vec::new();
    let mut segments = segments.iter();
    for part in template.split('/').skip(1) {
        let segment = segments.next()?;
        if part.starts_with('{') {
            keys.push(segment.as_str());
        } else if !part.eq_ignore_ascii_case(segment) {
            return None;
        }
    }
    segments.next().is_none().then_some(keys)
}

/// The first segment after the longest beginning that some endpoint shares.
fn unknown_segment(path: &GraphPath) -> &str {
    let shared = |template: &str| {
        let parts = template.split('/').skip(1);
        parts
            .zip(&path.segments)
            .take_while(|(part, segment)| part.starts_with('{') || part.eq_ignore_ascii_case(segment))
            .count()
    };
    let known = ENDPOINTS.iter().map(|endpoint| shared(endpoint.template)).max().unwrap_or(0);
    path.segments.get(known).or(path.segments.last()).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use uuid::Uuid;

    use super::*;

    fn described(method: Method, target: &str) -> Route {
        let request =
            Request::new(method, target, HeaderMap::new(), Bytes::new(), "https://graph.test", Uuid::nil());
        route(&request)
    }

    fn cost_of(target: &str) -> u32 {
        described(Method::GET, target).cost
    }

    #[test]
    fn costs_are_the_documented_ones() {
        for (target, cost) in [
            ("/v1.0/users", 2),
            ("/v1.0/users?$select=id", 1),
            ("/v1.0/users?$select=id&$top=5", 1),
            ("/v1.0/users?$select=id&$expand=manager", 2),
            ("/v1.0/groups", 1),
            ("/v1.0/groups/x/members", 3),
            ("/v1.0/groups/x/members?$top=999&$select=id", 2),
            ("/v1.0/groups/x/transitiveMembers", 5),
            ("/beta/applications", 2),
            ("/v1.0/servicePrincipals/x/appRoleAssignments", 2),
            ("/v1.0/servicePrincipals/x/appRoleAssignedTo", 1),
            ("/v1.0/subscribedSkus", 3),
        ] {
            assert_eq!(cost_of(target), cost, "{target}");
        }
        assert_eq!(described(Method::POST, "/v1.0/directoryObjects/getByIds").cost, 3);
        assert_eq!(described(Method::POST, "/v1.0/users/x/checkMemberGroups").cost, 4);
    }

    #[test]
    fn limits_of_their_own_are_told_apart() {
        assert_eq!(described(Method::GET, "/v1.0/users").quota, Quota::Directory);
        assert_eq!(
            described(Method::GET, "/v1.0/users?$select=id,signInActivity").quota,
            Quota::SignInActivity
        );
        assert_eq!(described(Method::GET, "/v1.0/auditLogs/signIns").quota, Quota::Reports);
        assert_eq!(described(Method::POST, "/v1.0/$batch").quota, Quota::None);
    }

    #[test]
    fn lists_reads_and_writes_are_told_apart() {
        assert_eq!(described(Method::GET, "/v1.0/users").kind, RouteKind::List);
        assert_eq!(described(Method::GET, "/v1.0/users/x").kind, RouteKind::Read);
        assert_eq!(described(Method::POST, "/v1.0/groups/x/members/$ref").kind, RouteKind::Write);
        assert_eq!(described(Method::DELETE, "/v1.0/groups/x/members/y/$ref").kind, RouteKind::Delete);
        assert_eq!(described(Method::POST, "/v1.0/directoryObjects/getByIds").kind, RouteKind::Read);
        assert_eq!(described(Method::GET, "/v1.0/nonsense").template, "(unknown)");
    }

    #[test]
    fn a_path_is_found_in_any_letter_case_and_the_template_names_it() {
        assert_eq!(described(Method::GET, "/v1.0/USERS('x')/MemberOf").template, "/users/{id}/memberOf");
        assert_eq!(described(Method::GET, "/v1.0/users/delta()").template, "/users/delta");
    }

    #[test]
    fn the_unknown_segment_is_the_first_nobody_knows() {
        let unknown = |path| unknown_segment(&GraphPath::parse(path).expect("a Graph path")).to_owned();
        assert_eq!(unknown("/v1.0/user"), "user");
        assert_eq!(unknown("/v1.0/users/x/friends/y"), "friends");
    }
}
