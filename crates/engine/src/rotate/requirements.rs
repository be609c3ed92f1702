//! What a tenant must have for an application to rotate its own secret: data, like a connector's requirements.

use fairlead_model::{Connection, Grant, Need, Requirement, Weight};

/// Lets an application change the registrations it is an owner of, its own among them.
pub(crate) const NEEDED: &str = "Application.ReadWrite.OwnedBy";

/// The requirements, where rotation is switched on. Without them the connection works until its secret ends.
pub(crate) fn requirements(connection: &Connection) -> Vec<Requirement> {
    if !connection.rotates() {
        return Vec::new();
    }
    let recommended = |need, why: &str| Requirement {
        need,
        why: why.to_owned(),
        weight: Weight::Recommended,
        smaller: None,
    };
    vec![
        recommended(
            Need::GraphPermission { name: NEEDED.to_owned(), grant: Grant::Application },
            "Rotation: the application makes its own next client secret, and removes its own old ones.",
        ),
        recommended(
            Need::OwnsItself,
            "Rotation: with this permission an application changes the registrations it owns, and no others.",
        ),
    ]
}
