//! What the connector says of itself.

use fairlead_connector::{ArtifactKind, Description, Mode};

use crate::{collect, publish::schema, settings};

/// The connector's description.
pub fn describe() -> Description {
    let selection = collect::selection();
    let (items, links) = selection.kinds();
    Description {
        id: "c1".to_owned(),
        vendor: "ConductorOne".to_owned(),
        title: "C1 Azure infrastructure".to_owned(),
        summary:
            "Reads a tenant's directory and Azure roles, and writes the .c1z file that C1 reads: who has \
                  access to what, directly and through groups."
                .to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings_schema: settings::SCHEMA.to_owned(),
        modes: vec![
            mode("read", "Sync", "Reads the tenant and writes a file; changes nothing."),
            mode(
                "read-write",
                "Sync and provision",
                "Asks for what granting and revoking access needs, and checks it. This version reads only: \
                 provisioning comes with a later one.",
            ),
        ],
        needs: selection.needs(),
        items,
        links,
        artifacts: vec![ArtifactKind {
            name: schema::FILE.to_owned(),
            title: "C1 sync file".to_owned(),
            media_type: schema::MEDIA_TYPE.to_owned(),
        }],
    }
}

fn mode(name: &str, title: &str, summary: &str) -> Mode {
    Mode { name: name.to_owned(), title: title.to_owned(), summary: summary.to_owned() }
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{Api, Method};

    use super::*;

    #[test]
    fn it_asks_to_read_and_for_nothing_else() {
        for need in describe().needs {
            let reads = need.methods.iter().all(|method| match method {
                Method::Get => true,
                // Resource Manager answers this question by POST only.
                Method::Post => need.paths.iter().all(|path| path.ends_with("/getEntities")),
                _ => false,
            });
            assert!(reads, "{:?} {:?}", need.methods, need.paths);
            assert!(matches!(need.api, Api::Graph | Api::ResourceManager));
        }
    }

    #[test]
    fn it_names_what_it_collects_and_makes() {
        let description = describe();
        let items: Vec<_> = description.items.iter().map(|kind| kind.name.as_str()).collect();
        for kind in
            ["user", "group", "service-principal", "tenant", "subscription", "role-assignment", "container"]
        {
            assert!(items.contains(&kind), "{kind} is missing from {items:?}");
        }
        let links: Vec<_> = description.links.iter().map(|kind| kind.name.as_str()).collect();
        assert_eq!(links, ["app-role-assignment", "member", "owner"]);
        assert_eq!(description.artifacts[0].name, "sync.c1z");
        assert_eq!(description.id, "c1");
    }

    #[test]
    fn defect_17_no_address_of_a_cloud_is_built_in() {
        for need in describe().needs {
            assert!(need.paths.iter().all(|path| path.starts_with('/')), "{:?}", need.paths);
        }
    }
}
