//! Which calls change nothing, and so are allowed in read mode and may be repeated at will.

use fairlead_model::{Api, Method};

/// Graph functions that are called by POST because their arguments do not fit a query, and only read.
const GRAPH_QUESTIONS: [&str; 5] =
    ["getbyids", "getmembergroups", "getmemberobjects", "checkmembergroups", "checkmemberobjects"];

/// The same in Resource Manager.
const RESOURCE_MANAGER_QUESTIONS: [[&str; 3]; 2] = [
    ["providers", "microsoft.resourcegraph", "resources"],
    ["providers", "microsoft.management", "getentities"],
];

/// Whether a call, its path given as lower-case segments, only reads.
pub(crate) fn only_reads(api: Api, method: Method, segments: &[String]) -> bool {
    match (method, api) {
        (Method::Get | Method::Head, _) => true,
        (Method::Post, Api::Graph) => segments.last().is_some_and(|last| {
            let function = last.strip_prefix("microsoft.graph.").unwrap_or(last);
            segments.len() >= 3 && GRAPH_QUESTIONS.contains(&function)
        }),
        (Method::Post, Api::ResourceManager) => {
            RESOURCE_MANAGER_QUESTIONS.iter().any(|question| segments == question)
        }
        (Method::Post, Api::Storage | Api::Kubernetes)
        | (Method::Put | Method::Patch | Method::Delete, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_questions_are_reads_by_post() {
        let reads = |api, method, path: &str| {
            let segments: Vec<_> = path.split('/').map(str::to_owned).collect();
            only_reads(api, method, &segments)
        };
        assert!(reads(Api::Graph, Method::Get, "v1.0/users"));
        assert!(reads(Api::Graph, Method::Post, "v1.0/directoryobjects/getbyids"));
        assert!(reads(Api::Graph, Method::Post, "v1.0/users/1/microsoft.graph.getmembergroups"));
        assert!(!reads(Api::Graph, Method::Post, "v1.0/users/1/revokesigninsessions"));
        assert!(!reads(Api::Graph, Method::Post, "v1.0/getbyids"));
        assert!(!reads(Api::Graph, Method::Delete, "v1.0/directoryobjects/getbyids"));
        let arm = |path| reads(Api::ResourceManager, Method::Post, path);
        assert!(arm("providers/microsoft.resourcegraph/resources"));
        assert!(arm("providers/microsoft.management/getentities"));
        assert!(!arm("subscriptions/1/providers/microsoft.storage/storageaccounts/1/listkeys"));
        assert!(!reads(Api::Storage, Method::Post, "getbyids"));
    }
}
