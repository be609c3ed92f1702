//! The permissions of Microsoft Graph's own service principal, and of its retired predecessor's: app roles and
//! delegated scopes.
//! Source: merill/microsoft-info GraphAppRoles.json and GraphDelegateRoles.json.

use uuid::Uuid;

use super::principals::{AppRole, PermissionScope};

/// The client id of Microsoft Graph.
pub const GRAPH_APP_ID: Uuid = Uuid::from_u128(0x0000_0003_0000_0000_c000_0000_0000_0000);
/// The client id of Azure AD Graph, retired: permissions consented there by mistake have no effect.
pub const AZURE_AD_GRAPH_APP_ID: Uuid = Uuid::from_u128(0x0000_0002_0000_0000_c000_0000_0000_0000);
/// The client id of Azure Resource Manager.
pub const ARM_APP_ID: Uuid = Uuid::from_u128(0x797f_4846_ba00_4fd7_ba43_dac1_f8f6_3013);
/// The client id of Azure Storage.
pub const STORAGE_APP_ID: Uuid = Uuid::from_u128(0xe406_a681_f3d4_42a8_90b6_c2b0_2949_7af1);
/// The tenant that owns Microsoft's own applications.
pub const MICROSOFT_TENANT: Uuid = Uuid::from_u128(0xf8cd_ef31_a31e_4b4a_93e4_5f57_1e91_255a);

/// A permission of Microsoft Graph.
#[derive(Clone, Copy, Debug)]
pub struct GraphPermission {
    /// The name in the `roles` and `scp` claims.
    pub name: &'static str,
    /// Id of the app role; none when it exists only as a delegated scope.
    pub role: Option<&'static str>,
    /// Id of the delegated scope; none when it exists only as an app role.
    pub scope: Option<&'static str>,
    /// Whether the delegated scope needs an administrator's consent.
    pub admin_consent: bool,
}

const fn permission(
    name: &'static str,
    role: Option<&'static str>,
    scope: Option<&'static str>,
    admin_consent: bool,
) -> GraphPermission {
    GraphPermission { name, role, scope, admin_consent }
}

/// All permissions the simulator knows.
pub const GRAPH_PERMISSIONS: &[GraphPermission] = &[
    permission(
        "AppRoleAssignment.ReadWrite.All",
        Some("06b708a9-e830-4db3-a914-8e69da51d44f"),
        Some("84bccea3-f856-4a8a-967b-dbe0a3d53a64"),
        true,
    ),
    permission(
        "Application.Read.All",
        Some("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
        Some("c79f8feb-a9db-4090-85f9-90d820caa0eb"),
        true,
    ),
    permission(
        "Application.ReadWrite.All",
        Some("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"),
        Some("bdfbf15f-ee85-4955-8675-146e8e5296b5"),
        true,
    ),
    permission(
        "AuditLog.Read.All",
        Some("b0afded3-3588-46d8-8b3d-9842eff778da"),
        Some("e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20"),
        true,
    ),
    permission("Directory.AccessAsUser.All", None, Some("0e263e50-5827-48a4-b97c-d940288653c7"), true),
    permission(
        "Directory.Read.All",
        Some("7ab1d382-f21e-4acd-a863-ba3e13f7da61"),
        Some("06da0dbc-49e2-44d2-8312-53f166ab848a"),
        true,
    ),
    permission(
        "Directory.ReadWrite.All",
        Some("19dbc75e-c2e2-444c-a770-ec69d8559fc7"),
        Some("c5366453-9fb0-48a5-a156-24f0c49a4b84"),
        true,
    ),
    permission(
        "Group.Read.All",
        Some("5b567255-7703-4780-807c-7be8301ae99b"),
        Some("5f8c59db-677d-491f-a6b8-5f174b11ec1d"),
        true,
    ),
    permission(
        "Group.ReadWrite.All",
        Some("62a82d76-70ea-41e2-9197-370581804d09"),
        Some("4e46008b-f24c-477d-8fff-7bb4ec7aafe0"),
        true,
    ),
    permission(
        "GroupMember.Read.All",
        Some("98830695-27a2-44f7-8c18-0c3ebc9698f6"),
        Some("bc024368-1153-4739-b217-4326f2e966d0"),
        true,
    ),
    permission(
        "GroupMember.ReadWrite.All",
        Some("dbaae8cf-10b5-4b86-a4a1-f871c94c6695"),
        Some("f81125ac-d3b7-4573-a3b2-7099cc39df9e"),
        true,
    ),
    permission(
        "MailboxSettings.Read",
        Some("40f97065-369a-49f4-947c-6a255697ae91"),
        Some("87f447af-9fa4-4c32-9dfa-4a57a73d18ce"),
        false,
    ),
    permission(
        "MailboxSettings.ReadWrite",
        Some("6931bccd-447a-43d1-b442-00a195474933"),
        Some("818c620a-27a9-40bd-a6a5-d96f7d610b4b"),
        false,
    ),
    permission(
        "Organization.Read.All",
        Some("498476ce-e0fe-48b0-b801-37ba7e2685c6"),
        Some("4908d5b9-3fb2-4b1e-9336-1888b7937185"),
        true,
    ),
    permission(
        "Organization.ReadWrite.All",
        Some("292d869f-3427-49a8-9dab-8c70152b74e9"),
        Some("46ca0847-7e6b-426e-9775-ea810a948356"),
        true,
    ),
    permission(
        "PrivilegedAccess.Read.AzureAD",
        Some("4cdc2547-9148-4295-8d11-be0db1391d6b"),
        Some("b3a539c9-59cb-4ad5-825a-041ddbdc2bdb"),
        true,
    ),
    permission(
        "PrivilegedAccess.Read.AzureADGroup",
        Some("01e37dc9-c035-40bd-b438-b2879c4870a6"),
        Some("d329c81c-20ad-4772-abf9-3f6fdb7e5988"),
        true,
    ),
    permission(
        "PrivilegedAccess.Read.AzureResources",
        Some("5df6fe86-1be0-44eb-b916-7bd443a71236"),
        Some("1d89d70c-dcac-4248-b214-903c457af83a"),
        true,
    ),
    permission(
        "RoleAssignmentSchedule.Read.Directory",
        Some("d5fe8ce8-684c-4c83-a52c-46e882ce4be1"),
        Some("344a729c-0285-42c6-9014-f12b9b8d6129"),
        true,
    ),
    permission(
        "RoleEligibilitySchedule.Read.Directory",
        Some("ff278e11-4a33-4d0c-83d2-d01dc58929a5"),
        Some("eb0788c2-6d4e-4658-8c9e-c0fb8053f03d"),
        true,
    ),
    permission(
        "RoleManagement.Read.All",
        Some("c7fbd983-d9aa-4fa7-84b8-17382c103bc4"),
        Some("48fec646-b2ba-4019-8681-8eb31435aded"),
        true,
    ),
    permission(
        "RoleManagement.Read.Directory",
        Some("483bed4a-2ad3-4361-a73b-c83ccdbdc53c"),
        Some("741c54c3-0c1e-44a1-818b-3f97ab4e8c83"),
        true,
    ),
    permission(
        "RoleManagement.ReadWrite.Directory",
        Some("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"),
        Some("d01b97e9-cbc0-49fe-810a-750afd5527a3"),
        true,
    ),
    permission(
        "RoleManagementAlert.Read.Directory",
        Some("ef31918f-2d50-4755-8943-b8638c0a077e"),
        Some("cce71173-f76d-446e-97ff-efb2d82e11b1"),
        true,
    ),
    permission(
        "RoleManagementPolicy.Read.AzureADGroup",
        Some("69e67828-780e-47fd-b28c-7b27d14864e6"),
        Some("7e26fdff-9cb1-4e56-bede-211fe0e420e8"),
        true,
    ),
    permission(
        "RoleManagementPolicy.Read.Directory",
        Some("fdc4c997-9942-4479-bfcb-75a36d1138df"),
        Some("3de2cdbe-0ff5-47d5-bdee-7f45b4749ead"),
        true,
    ),
    permission(
        "ServicePrincipalEndpoint.Read.All",
        Some("5256681e-b7f6-40c0-8447-2d9db68797a0"),
        Some("9f9ce928-e038-4e3b-8faf-7b59049a8ddc"),
        true,
    ),
    permission(
        "ServicePrincipalEndpoint.ReadWrite.All",
        Some("89c8469c-83ad-45f7-8ff2-6e3d4285709e"),
        Some("7297d82c-9546-4aed-91df-3d4f0a9b3ff0"),
        true,
    ),
    permission(
        "User.ManageIdentities.All",
        Some("c529cfca-c91b-489c-af2b-d92990b66ce6"),
        Some("637d7bec-b31e-4deb-acc9-24275642a2c9"),
        true,
    ),
    permission(
        "User.Read.All",
        Some("df021288-bdef-4463-88db-98f22de89214"),
        Some("a154be20-db9c-4678-8ab7-66f6cc099a59"),
        true,
    ),
    permission(
        "User.ReadBasic.All",
        Some("97235f07-e226-4f63-ace3-39588e11d3a1"),
        Some("b340eb25-3456-403f-be2f-af7a0d370277"),
        false,
    ),
    permission(
        "User.ReadWrite.All",
        Some("741f803b-c850-494e-b5df-cde7c675a1ca"),
        Some("204e0828-b5ca-4ad8-b9f3-f32a958e7cc4"),
        true,
    ),
    permission(
        "UserAuthenticationMethod.Read.All",
        Some("38d9df27-64da-44fd-b7c5-a6fbac20248f"),
        Some("aec28ec7-4d02-4e8c-b864-50163aea77eb"),
        true,
    ),
    permission(
        "RoleAssignmentSchedule.ReadWrite.Directory",
        Some("dd199f4a-f148-40a4-a2ec-f0069cc799ec"),
        Some("8c026be3-8e26-4774-9372-8d5d6f21daff"),
        true,
    ),
    permission(
        "RoleEligibilitySchedule.ReadWrite.Directory",
        Some("fee28b28-e1f3-4841-818e-2704dc62245f"),
        Some("62ade113-f8e0-4bf9-a6ba-5acb31db32fd"),
        true,
    ),
    permission(
        "DelegatedPermissionGrant.Read.All",
        Some("81b4724a-58aa-41c1-8a55-84ef97466587"),
        Some("a197cdc4-a8e8-4d49-9d35-4ca7c83887b4"),
        true,
    ),
    permission(
        "DelegatedPermissionGrant.ReadWrite.All",
        Some("8e8e4742-1d95-4f68-9d56-6ee75648c72a"),
        Some("41ce6ca6-6826-4807-84f1-1c82854f7ee5"),
        true,
    ),
    permission("Application.ReadWrite.OwnedBy", Some("18a4783c-866b-4cc7-a460-3d5e5662c884"), None, false),
    permission(
        "Reports.Read.All",
        Some("230c1aed-a721-4c5d-9cb4-a90514e508ef"),
        Some("02e97553-ed7b-43d0-ab3c-f8bace0d040c"),
        true,
    ),
    permission(
        "Policy.Read.All",
        Some("246dd0d5-5bd0-4def-940b-0421030a5b68"),
        Some("572fea84-0151-49b2-9301-11cb16974376"),
        true,
    ),
    permission(
        "CrossTenantInformation.ReadBasic.All",
        Some("cac88765-0581-4025-9725-5ebc13f729ee"),
        Some("81594d25-e88e-49cf-ac8c-fecbff49f994"),
        true,
    ),
    permission(
        "User.EnableDisableAccount.All",
        Some("3011c876-62b7-4ada-afa2-506cbbecc68c"),
        Some("f92e74e7-2563-467f-9dd0-902688cb5863"),
        true,
    ),
    permission(
        "User.RevokeSessions.All",
        Some("77f3a031-c388-4f99-b373-dc68676a979e"),
        Some("fc30e98b-8810-4501-81f5-c20a3196387b"),
        true,
    ),
    permission(
        "User.Invite.All",
        Some("09850681-111b-4a89-9bed-3f2cae46d706"),
        Some("63dd7cd9-b489-4adf-a28c-ac38b9a0f962"),
        true,
    ),
    permission(
        "Device.Read.All",
        Some("7438b122-aefc-4978-80ed-43db9fcc7715"),
        Some("951183d1-1a61-466f-a6d1-1fde911bfd95"),
        true,
    ),
    permission(
        "AdministrativeUnit.Read.All",
        Some("134fd756-38ce-4afd-ba33-e9623dbe66c2"),
        Some("3361d15d-be43-4de6-b441-3c746d05163d"),
        true,
    ),
    permission(
        "Domain.Read.All",
        Some("dbb9058a-0e50-45d7-ae91-66909b5d4664"),
        Some("2f9ee017-59c1-4f1d-9472-bd5529a7b311"),
        true,
    ),
    permission(
        "LicenseAssignment.Read.All",
        Some("e2f98668-2877-4f38-a2f4-8202e0717aa1"),
        Some("f395577a-0960-456b-979f-7228de0c5996"),
        false,
    ),
    permission(
        "PrivilegedAccess.ReadWrite.AzureAD",
        Some("854d9ab1-6657-4ec8-be45-823027bcd009"),
        Some("3c3c74f5-cdaa-4a97-b7e0-4e788bfcfb37"),
        true,
    ),
    permission(
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        Some("edb419d6-7edc-42a3-9345-509bfdf5d87c"),
        Some("8f44f93d-ecef-46ae-a9bf-338508d44d6b"),
        true,
    ),
    permission(
        "PrivilegedAssignmentSchedule.Read.AzureADGroup",
        Some("cd4161cb-f098-48f8-a884-1eda9a42434c"),
        Some("02a32cc4-7ab5-4b58-879a-0586e0f7c495"),
        true,
    ),
    permission(
        "UserAuthenticationMethod.ReadWrite.All",
        Some("50483e42-d915-4231-9639-7fdb7fd190e5"),
        Some("b7887744-6746-4312-813d-72daeaee7e2d"),
        true,
    ),
    permission(
        "RoleManagementPolicy.ReadWrite.Directory",
        Some("31e08e0a-d3f7-4ca2-ac39-7343fb83e8ad"),
        Some("1ff1be21-34eb-448c-9ac9-ce1f506b2a68"),
        true,
    ),
    permission(
        "Policy.Read.ConditionalAccess",
        Some("37730810-e9ba-4e46-b07e-8ca78d182097"),
        Some("633e0fce-8c58-4cfb-9495-12bbd5a24f7c"),
        false,
    ),
    permission("User.Read", None, Some("e1fe6dd8-ba31-4d61-89e7-88639da4683d"), false),
    permission("openid", None, Some("37f7f235-527c-4136-accd-4a02d197296e"), false),
    permission("profile", None, Some("14dad69e-099b-42c9-810b-d002981feec1"), false),
    permission("email", None, Some("64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0"), false),
    permission("offline_access", None, Some("7427e0e9-2fba-42fe-b0c0-848c9e6a8182"), false),
];

/// Permissions of the retired Azure AD Graph, which onboardings pick by mistake: its ids differ from Microsoft
/// Graph's, its names do not. Source: Microsoft's table of Azure AD Graph and Microsoft Graph permissions.
pub const AZURE_AD_GRAPH_PERMISSIONS: &[GraphPermission] = &[
    permission("Application.Read.All", Some("3afa6a7d-9b1a-42eb-948e-1650a849e176"), None, true),
    permission("Application.ReadWrite.All", Some("1cda74f2-2616-4834-b122-5cb1b07f8a59"), None, true),
    permission("Application.ReadWrite.OwnedBy", Some("824c81eb-e3f8-4ee6-8f6d-de7f50d565b7"), None, true),
    permission("Directory.AccessAsUser.All", None, Some("a42657d6-7f20-40e3-b6f0-cee03008a62a"), true),
    permission(
        "Directory.Read.All",
        Some("5778995a-e1bf-45b8-affa-663a9f3f4d04"),
        Some("5778995a-e1bf-45b8-affa-663a9f3f4d04"),
        true,
    ),
    permission(
        "Directory.ReadWrite.All",
        Some("78c8a3c8-a07e-4b9e-af1b-b5ccab50a175"),
        Some("78c8a3c8-a07e-4b9e-af1b-b5ccab50a175"),
        true,
    ),
    permission("Group.Read.All", None, Some("6234d376-f627-4f0f-90e0-dff25c5211a3"), true),
    permission("Group.ReadWrite.All", None, Some("970d6fa6-214a-4a9b-8513-08fad511e2fd"), true),
    permission("User.Read", None, Some("311a71cc-e848-46a1-bdf8-97ff7156d8e6"), false),
    permission("User.Read.All", None, Some("c582532d-9d9e-43bd-a97c-2667a28ce295"), true),
    permission("User.ReadBasic.All", None, Some("cba73afc-7f69-4d86-8450-4978e04ecd1a"), false),
];

/// The id of Microsoft Graph's app role with this name.
pub fn role_id(name: &str) -> Option<Uuid> {
    let permission =
        GRAPH_PERMISSIONS.iter().find(|permission| permission.name.eq_ignore_ascii_case(name))?;
    Uuid::try_parse(permission.role?).ok()
}

/// `appRoles` of a Graph's service principal.
pub fn app_roles(permissions: &[GraphPermission]) -> Vec<AppRole> {
    permissions
        .iter()
        .filter_map(|permission| {
            Some(AppRole {
                id: Uuid::try_parse(permission.role?).ok()?,
                value: Some(permission.name.to_owned()),
                display_name: permission.name.replace('.', " "),
                description: format!("Lets the app use {} without a signed-in user.", permission.name),
                for_users: false,
                for_applications: true,
                enabled: true,
            })
        })
        .collect()
}

/// `oauth2PermissionScopes` of a Graph's service principal.
pub fn scopes(permissions: &[GraphPermission]) -> Vec<PermissionScope> {
    permissions
        .iter()
        .filter_map(|permission| {
            Some(PermissionScope {
                id: Uuid::try_parse(permission.scope?).ok()?,
                value: permission.name.to_owned(),
                admin_consent: permission.admin_consent,
                enabled: true,
            })
        })
        .collect()
}

/// The permissions a full directory sync asks for.
pub const DIRECTORY_SYNC: &[&str] = &[
    "Application.Read.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "MailboxSettings.Read",
    "RoleAssignmentSchedule.Read.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.Read.Directory",
    "RoleManagementAlert.Read.Directory",
    "RoleManagementPolicy.Read.AzureADGroup",
    "RoleManagementPolicy.Read.Directory",
    "ServicePrincipalEndpoint.Read.All",
    "User.Read.All",
    "User.ReadBasic.All",
    "PrivilegedAccess.Read.AzureAD",
    "PrivilegedAccess.Read.AzureADGroup",
    "PrivilegedAccess.Read.AzureResources",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_id_is_a_guid_and_unique() {
        let ids: Vec<&str> = GRAPH_PERMISSIONS
            .iter()
            .flat_map(|permission| [permission.role, permission.scope])
            .flatten()
            .collect();
        assert!(ids.iter().all(|id| Uuid::try_parse(id).is_ok()));
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }

    #[test]
    fn all_permissions_of_a_sync_are_app_roles() {
        assert!(DIRECTORY_SYNC.iter().all(|name| role_id(name).is_some()));
        assert_eq!(DIRECTORY_SYNC.len(), 20);
    }
}
