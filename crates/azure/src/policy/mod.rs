//! What a connector may ask of Azure: declared calls only, and only looking unless it may change.

mod expand;
mod headers;
mod pattern;
mod reads;
mod target;

use fairlead_model::{Api, ApiNeed, Method, Mode, Refusal};

pub(crate) use headers::{incoming, outgoing};
pub(crate) use reads::only_reads;
pub(crate) use target::Target;

use self::pattern::Pattern;

/// The calls a connector may make: those its description declares, less the changing ones when the
/// connection is read-only.
#[derive(Debug, Clone)]
pub struct Policy {
    rules: Vec<Rule>,
    mode: Mode,
}

#[derive(Debug, Clone)]
struct Rule {
    api: Api,
    methods: Vec<Method>,
    patterns: Vec<Pattern>,
}

impl Policy {
    /// The policy for a description's needs and a connection's mode. A pattern that makes no sense
    /// allows nothing.
    pub fn new(needs: &[ApiNeed], mode: Mode) -> Self {
        let rules = needs.iter().map(|need| Rule {
            api: need.api,
            methods: need.methods.clone(),
            patterns: need.paths.iter().filter_map(|path| pattern(path)).collect(),
        });
        Self { rules: rules.collect(), mode }
    }

    /// Judges a call.
    ///
    /// # Errors
    /// `NotDeclared` or `ReadOnly`.
    pub(crate) fn check(&self, api: Api, method: Method, target: &Target) -> Result<(), Refusal> {
        // Graph's, and Resource Manager's own.
        let managers =
            api == Api::ResourceManager && target.segments.first().is_some_and(|first| first == "batch");
        if managers || target.segments.iter().any(|segment| segment == "$batch") {
            return Err(Refusal::NotDeclared(format!(
                "a connector may not send batches to {api}: its calls are batched for it where that helps"
            )));
        }
        let declared = self.rules.iter().any(|rule| {
            rule.api == api
                && rule.methods.contains(&method)
                && rule.patterns.iter().any(|pattern| pattern.allows(&target.segments))
        });
        if !declared {
            return Err(Refusal::NotDeclared(format!(
                "the connector's description does not declare {method} {} on {api}",
                target.path()
            )));
        }
        self.check_beside(api, target)?;
        if self.mode == Mode::Read && !only_reads(api, method, &target.segments) {
            return Err(Refusal::ReadOnly(format!(
                "{method} {} on {api} would change something, and the connection is read-only: add it \
                 in read-write mode if that is wanted",
                target.path()
            )));
        }
        Ok(())
    }

    /// Judges what a call reads beside what its path names. Whatever the call's method, that is reading.
    fn check_beside(&self, api: Api, target: &Target) -> Result<(), Refusal> {
        let ways = expand::ways(&target.url).map_err(|problem| {
            Refusal::NotDeclared(format!("the connector's call to {} on {api} {problem}", target.path()))
        })?;
        let undeclared = ways.iter().find(|way| {
            !self.rules.iter().any(|rule| {
                rule.api == api
                    && rule.methods.contains(&Method::Get)
                    && rule.patterns.iter().any(|pattern| pattern.allows_beside(&target.segments, way))
            })
        });
        match undeclared {
            None => Ok(()),
            Some(way) => Err(Refusal::NotDeclared(format!(
                "the connector's description does not declare GET {0}/*/{1} on {api} ({0}/{1} if the path names \
                 one object), which is what $expand reads",
                target.path().trim_end_matches('/'),
                way.join("/*/").escape_debug()
            ))),
        }
    }
}

fn pattern(text: &str) -> Option<Pattern> {
    let pattern = Pattern::parse(text);
    if pattern.is_none() {
        tracing::warn!(
            pattern = text,
            "a connector declares a path pattern that makes no sense; it allows nothing"
        );
    }
    pattern
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn need(api: Api, methods: &[Method], paths: &[&str]) -> ApiNeed {
        ApiNeed {
            api,
            methods: methods.to_vec(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            why: String::new(),
        }
    }

    fn check(mode: Mode, api: Api, method: Method, path: &str) -> Result<(), Refusal> {
        let needs = [
            need(Api::Graph, &[Method::Get], &["/v1.0/users/**", "/v1.0/groups/*/members"]),
            need(
                Api::Graph,
                &[Method::Post],
                &["/v1.0/directoryObjects/getByIds", "/v1.0/groups", "/v1.0/$batch"],
            ),
            need(Api::ResourceManager, &[Method::Get], &["/subscriptions"]),
        ];
        let base: Url = "https://api.example".parse().unwrap();
        let target = Target::resolve(api, &base, path).unwrap();
        Policy::new(&needs, mode).check(api, method, &target)
    }

    #[test]
    fn what_is_declared_is_allowed_whatever_its_query_and_case() {
        for path in ["/v1.0/users?$top=1", "/V1.0/USERS/1/Manager", "/v1.0/groups/1/members/"] {
            assert_eq!(check(Mode::Read, Api::Graph, Method::Get, path), Ok(()), "{path}");
        }
        assert_eq!(check(Mode::Read, Api::ResourceManager, Method::Get, "/subscriptions"), Ok(()));
    }

    #[test]
    fn what_is_not_declared_is_refused_and_named() {
        for (api, method, path) in [
            (Api::Graph, Method::Get, "/beta/users"),
            (Api::Graph, Method::Get, "/v1.0/groups/1/owners"),
            (Api::Graph, Method::Head, "/v1.0/users"),
            (Api::Graph, Method::Delete, "/v1.0/users/1"),
            (Api::Graph, Method::Get, "/subscriptions"),
            (Api::ResourceManager, Method::Get, "/v1.0/users"),
            (Api::Graph, Method::Get, "/v1.0/users/../me"),
            (Api::Graph, Method::Get, "/v1.0/users/%2e%2e/me"),
        ] {
            let refused = check(Mode::ReadWrite, api, method, path);
            assert!(matches!(refused, Err(Refusal::NotDeclared(_))), "{method} {path}: {refused:?}");
        }
        let Err(Refusal::NotDeclared(sentence)) =
            check(Mode::Read, Api::Graph, Method::Get, "/v1.0/me?$select=id")
        else {
            panic!("it was allowed")
        };
        assert_eq!(sentence, "the connector's description does not declare GET /v1.0/me on Microsoft Graph");
    }

    #[test]
    fn what_a_call_expands_has_to_be_declared_like_a_path() {
        let get = |path| check(Mode::Read, Api::Graph, Method::Get, path);
        assert_eq!(get("/v1.0/users?$expand=manager($select=id)"), Ok(()));
        for path in [
            "/v1.0/groups/1/members?$expand=manager",
            "/v1.0/groups/1/members?%24Expand=memberOf",
            "/v1.0/groups/1/members?expand=owners",
            "/v1.0/groups/1/members?$expand=manager(",
            "https://api.example/v1.0/groups/1/members?$skiptoken=x&$expand=manager",
        ] {
            let refused = get(path);
            assert!(matches!(refused, Err(Refusal::NotDeclared(_))), "{path}: {refused:?}");
        }
        let Err(Refusal::NotDeclared(sentence)) = get("/v1.0/groups/1/members?$expand=Manager") else {
            panic!("it was allowed")
        };
        assert_eq!(
            sentence,
            "the connector's description does not declare GET /v1.0/groups/1/members/*/manager on Microsoft \
             Graph (/v1.0/groups/1/members/manager if the path names one object), which is what $expand reads"
        );
    }

    #[test]
    fn a_declaration_of_changes_is_none_of_reading_what_is_expanded() {
        let needs = [
            need(Api::Graph, &[Method::Get], &["/v1.0/groups"]),
            need(Api::Graph, &[Method::Post], &["/v1.0/groups/*/members"]),
        ];
        let base: Url = "https://api.example".parse().unwrap();
        let target = Target::resolve(Api::Graph, &base, "/v1.0/groups?$expand=members").unwrap();
        let refused = Policy::new(&needs, Mode::ReadWrite).check(Api::Graph, Method::Get, &target);
        assert!(matches!(refused, Err(Refusal::NotDeclared(_))), "{refused:?}");
    }

    #[test]
    fn a_batch_is_never_a_connectors_to_send() {
        for path in ["/v1.0/$batch", "/v1.0/%24BATCH", "/v1.0/users/$batch"] {
            let refused = check(Mode::ReadWrite, Api::Graph, Method::Post, path);
            assert!(matches!(refused, Err(Refusal::NotDeclared(_))), "{path}: {refused:?}");
        }
    }

    #[test]
    fn a_read_only_connection_changes_nothing_but_may_ask_by_post() {
        let post = |mode, path| check(mode, Api::Graph, Method::Post, path);
        assert_eq!(post(Mode::Read, "/v1.0/directoryObjects/getByIds"), Ok(()));
        assert!(matches!(post(Mode::Read, "/v1.0/groups"), Err(Refusal::ReadOnly(_))));
        assert_eq!(post(Mode::ReadWrite, "/v1.0/groups"), Ok(()));
    }
}
