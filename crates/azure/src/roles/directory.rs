//! Roles of Entra ID, by the template id that the `wids` claim of a token carries.
//! Source: learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference (2026-01).

use uuid::{Uuid, uuid};

/// A built-in role of Entra ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryRole {
    /// Its template's id; as a role definition it has the same.
    pub template: Uuid,
    /// Its name.
    pub name: &'static str,
    /// Whether Microsoft marks it as privileged.
    pub privileged: bool,
}

/// What tokens carry in `wids` where there is no role at all.
pub const NO_ROLE: Uuid = uuid!("0997a1d0-0d1d-4acb-b408-d5ca73121e90");

const fn privileged(template: Uuid, name: &'static str) -> DirectoryRole {
    DirectoryRole { template, name, privileged: true }
}

const fn plain(template: Uuid, name: &'static str) -> DirectoryRole {
    DirectoryRole { template, name, privileged: false }
}

const ROLES: &[DirectoryRole] = &[
    privileged(uuid!("db506228-d27e-4b7d-95e5-295956d6615f"), "Agent ID Administrator"),
    privileged(uuid!("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"), "Application Administrator"),
    privileged(uuid!("cf1c38e5-3621-4004-a7cb-879624dced7c"), "Application Developer"),
    privileged(uuid!("ecb2c6bf-0ab6-418e-bd87-7986f8d63bbe"), "Attribute Provisioning Administrator"),
    privileged(uuid!("422218e4-db15-4ef9-bbe0-8afb41546d79"), "Attribute Provisioning Reader"),
    privileged(uuid!("c4e39bd9-1100-46d3-8c65-fb160da0071f"), "Authentication Administrator"),
    privileged(uuid!("25a516ed-2fa0-40ea-a2d0-12923a21473a"), "Authentication Extensibility Administrator"),
    plain(uuid!("0526716b-113d-4c15-b2c8-68e3c22b9f80"), "Authentication Policy Administrator"),
    privileged(uuid!("aaf43236-0c0d-4d5f-883a-6955382ac081"), "B2C IEF Keyset Administrator"),
    plain(uuid!("b0f54661-2d74-4c50-afa3-1ec803f12efe"), "Billing Administrator"),
    plain(uuid!("892c5842-a9a6-463a-8041-72aa08ca3cf6"), "Cloud App Security Administrator"),
    privileged(uuid!("158c047a-c907-4556-b7ef-446551a6b5f7"), "Cloud Application Administrator"),
    privileged(uuid!("7698a772-787b-4ac8-901f-60d6b08affd2"), "Cloud Device Administrator"),
    plain(uuid!("17315797-102d-40b4-93e0-432062caca18"), "Compliance Administrator"),
    privileged(uuid!("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"), "Conditional Access Administrator"),
    plain(uuid!("88d8e3e3-8f55-4a1e-953a-9b9898b8876b"), "Directory Readers"),
    plain(uuid!("d29b2b05-8046-44ba-8758-1e26182fcf32"), "Directory Synchronization Accounts"),
    privileged(uuid!("9360feb5-f418-4baa-8175-e2a00bac4301"), "Directory Writers"),
    privileged(uuid!("8329153b-31d0-4727-b945-745eb3bc5f31"), "Domain Name Administrator"),
    plain(uuid!("29232cdf-9323-42fd-ade2-1d097af3e4de"), "Exchange Administrator"),
    privileged(uuid!("be2f45a1-457d-42af-a067-6ec1fa63bc45"), "External Identity Provider Administrator"),
    plain(uuid!("a9ea8996-122f-4c74-9520-8edcd192826c"), "Fabric Administrator"),
    privileged(uuid!("62e90394-69f5-4237-9190-012177145e10"), "Global Administrator"),
    privileged(uuid!("f2ef992c-3afb-46b9-b7cf-a126ee74c451"), "Global Reader"),
    plain(uuid!("fdd7a751-b60b-444a-984c-02652fe8fa1c"), "Groups Administrator"),
    plain(uuid!("95e79109-95c0-4d8e-aee3-d01accf2d47b"), "Guest Inviter"),
    privileged(uuid!("729827e3-9c14-49f7-bb1b-9608f156bbb8"), "Helpdesk Administrator"),
    privileged(uuid!("8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2"), "Hybrid Identity Administrator"),
    plain(uuid!("45d8d3c5-c802-45c6-b32a-1d70b5e1e86e"), "Identity Governance Administrator"),
    privileged(uuid!("3a2c62db-5318-420d-8d74-23affee5d9d5"), "Intune Administrator"),
    plain(uuid!("4d6ac14f-3453-41d0-bef9-a3e0c569773a"), "License Administrator"),
    privileged(uuid!("59d46f88-662b-457b-bceb-5c3809e5908f"), "Lifecycle Workflows Administrator"),
    privileged(uuid!("4ba39ca4-527c-499a-b93d-d9b492c50246"), "Partner Tier1 Support"),
    privileged(uuid!("e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8"), "Partner Tier2 Support"),
    privileged(uuid!("966707d0-3269-4727-9be2-8c3a10f19b9d"), "Password Administrator"),
    plain(uuid!("11648597-926c-4cf3-9c36-bcebb0ba8dcc"), "Power Platform Administrator"),
    privileged(uuid!("7be44c8a-adaf-4e2a-84d6-ab2649e08a13"), "Privileged Authentication Administrator"),
    privileged(uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814"), "Privileged Role Administrator"),
    plain(uuid!("4a5d8f65-41da-4de4-8968-e035b65339cf"), "Reports Reader"),
    privileged(uuid!("194ae4cb-b126-40b2-bd5b-6091b380977d"), "Security Administrator"),
    privileged(uuid!("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f"), "Security Operator"),
    privileged(uuid!("5d6b6bb7-de71-4623-b4af-96380a352509"), "Security Reader"),
    plain(uuid!("f023fd81-a637-4b56-95fd-791ac0226033"), "Service Support Administrator"),
    plain(uuid!("f28a1f50-f6e7-4571-818b-6a12f2af6b6c"), "SharePoint Administrator"),
    plain(uuid!("69091246-20e8-4a56-aa4d-066075b2a7a8"), "Teams Administrator"),
    privileged(uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1"), "User Administrator"),
];

/// The role of Entra ID with this template id, where it is a privileged or a common one.
pub fn directory(template: Uuid) -> Option<&'static DirectoryRole> {
    ROLES.iter().find(|role| role.template == template)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn roles_are_found_by_template_and_the_marker_for_none_is_no_role() {
        let role = directory(uuid!("62e90394-69f5-4237-9190-012177145e10")).unwrap();
        assert_eq!((role.name, role.privileged), ("Global Administrator", true));
        assert_eq!(directory(NO_ROLE), None);
        let ids: BTreeSet<_> = ROLES.iter().map(|role| role.template).collect();
        assert_eq!(ids.len(), ROLES.len());
    }
}
