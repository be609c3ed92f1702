//! Service principals: Microsoft's own, applications with and without a registration here, managed identities.

use jiff::SignedDuration;
use uuid::Uuid;

use super::{Lots, Sizes, azure, epoch};
use crate::world::ids::IdKind;
use crate::world::permissions::{
    ARM_APP_ID, AZURE_AD_GRAPH_APP_ID, AZURE_AD_GRAPH_PERMISSIONS, GRAPH_APP_ID, GRAPH_PERMISSIONS,
    MICROSOFT_TENANT, STORAGE_APP_ID, app_roles as permission_roles, scopes as permission_scopes,
};
use crate::world::principals::{
    AppRole, Application, PasswordCredential, ServicePrincipal, ServicePrincipalType, SignInAudience,
};
use crate::world::text::{DEPARTMENTS, HOSTILE};
use crate::world::{Cloud, ObjectKind, ObjectRef, Tenant, directory::Device};

mod question {
    pub(super) const KIND: u64 = 300;
    pub(super) const ROLES: u64 = 301;
    pub(super) const OWNERS: u64 = 302;
    pub(super) const OWNER: u64 = 303;
    pub(super) const NAME: u64 = 304;
    pub(super) const ENABLED: u64 = 305;
    pub(super) const CREATED: u64 = 306;
    pub(super) const SECRET: u64 = 307;
    pub(super) const HOST: u64 = 308;
}

/// Positions below this are Microsoft's own service principals.
pub(super) const FIRST_PARTY: u32 = 4;

const PRODUCTS: &[&str] =
    &["Portal", "Payroll", "Warehouse", "CRM", "Ticketing", "Build Server", "Backup", "Wiki", "Analytics"];

/// Adds devices, service principals, applications and managed identities.
pub(super) fn generate(tenant: &mut Tenant, lots: Lots, sizes: &Sizes) {
    for (position, (app_id, name, names)) in (0..).zip(first_party(tenant.cloud)) {
        let principal = first_party_principal(tenant, position, app_id, name, &names);
        tenant.insert_service_principal(principal);
    }
    for index in 0..sizes.devices {
        tenant.devices.insert(Device {
            id: tenant.ids.encode(IdKind::Device, index),
            device_id: tenant.ids.encode(IdKind::Other, 1_000 + index),
            display_name: format!("DESKTOP-{index:05}"),
            operating_system: if index.is_multiple_of(3) { "MacMDM" } else { "Windows" },
            account_enabled: index % 9 != 8,
        });
    }
    for index in 0..sizes.service_principals {
        application(tenant, lots, index, sizes);
    }
    for index in 0..sizes.managed_identities {
        let identity = managed_identity(tenant, lots, index, sizes);
        tenant.insert_service_principal(identity);
    }
}

/// Client id, name and names of Microsoft's own service principals; the names are what tokens are asked for.
fn first_party(cloud: Cloud) -> [(Uuid, &'static str, Vec<&'static str>); 4] {
    let (graph, arm) = match cloud {
        Cloud::Public => (
            vec!["https://graph.microsoft.com"],
            vec!["https://management.azure.com", "https://management.core.windows.net"],
        ),
        Cloud::UsGovernment => (
            vec!["https://graph.microsoft.us", "https://dod-graph.microsoft.us"],
            vec!["https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"],
        ),
        Cloud::China => (
            vec!["https://microsoftgraph.chinacloudapi.cn"],
            vec!["https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn"],
        ),
    };
    [
        (GRAPH_APP_ID, "Microsoft Graph", graph),
        (ARM_APP_ID, "Windows Azure Service Management API", arm),
        (STORAGE_APP_ID, "Azure Storage", vec!["https://storage.azure.com"]),
        (AZURE_AD_GRAPH_APP_ID, "Windows Azure Active Directory", vec!["https://graph.windows.net"]),
    ]
}

fn first_party_principal(
    tenant: &Tenant,
    position: u32,
    app_id: Uuid,
    name: &str,
    names: &[&str],
) -> ServicePrincipal {
    let mut principal =
        service_principal(tenant.ids.encode(IdKind::ServicePrincipal, position), app_id, name);
    principal.app_owner_organization_id = Some(MICROSOFT_TENANT);
    principal.service_principal_names.extend(names.iter().map(|name| (*name).to_owned()));
    principal.created = tenant.created;
    let permissions = match app_id {
        GRAPH_APP_ID => GRAPH_PERMISSIONS,
        AZURE_AD_GRAPH_APP_ID => AZURE_AD_GRAPH_PERMISSIONS,
        _ => &[],
    };
    principal.app_roles = permission_roles(permissions);
    principal.oauth2_permission_scopes = permission_scopes(permissions);
    principal
}

/// An enabled service principal of an application, with nothing granted to it and offering nothing.
pub fn service_principal(id: Uuid, app_id: Uuid, name: &str) -> ServicePrincipal {
    ServicePrincipal {
        id,
        app_id,
        display_name: name.to_owned(),
        description: None,
        service_principal_type: ServicePrincipalType::Application,
        account_enabled: true,
        disabled_by_microsoft: false,
        app_owner_organization_id: None,
        sign_in_audience: Some(SignInAudience::MultiTenant),
        app_role_assignment_required: false,
        homepage: None,
        service_principal_names: vec![app_id.to_string()],
        app_roles: Vec::new(),
        oauth2_permission_scopes: Vec::new(),
        password_credentials: Vec::new(),
        key_credentials: Vec::new(),
        tags: Vec::new(),
        alternative_names: Vec::new(),
        verified_publisher: None,
        created: epoch(),
        owners: Vec::new(),
    }
}

/// An enterprise application: of ten, six are registered here, three come from elsewhere, one is from old times.
fn application(tenant: &mut Tenant, lots: Lots, index: u32, sizes: &Sizes) {
    let lot = u64::from(index);
    let kind = lots.draw(question::KIND, lot) % 10;
    let app_id = tenant.ids.encode(IdKind::AppId, index + 10);
    let name = if lots.share(question::NAME, lot + (1 << 40), 0.02) {
        lots.word(HOSTILE, question::NAME, lot).to_owned()
    } else {
        let product = lots.word(PRODUCTS, question::NAME, lot);
        format!("{} {product} {index}", lots.word(DEPARTMENTS, question::NAME, lot))
    };
    let id = tenant.ids.encode(IdKind::ServicePrincipal, FIRST_PARTY + index);
    let mut principal = service_principal(id, app_id, &name);
    principal.account_enabled = !lots.share(question::ENABLED, lot, 0.06);
    principal.app_role_assignment_required = lots.share(question::ENABLED, lot + (1 << 40), 0.2);
    principal.created = lots.moment(question::CREATED, lot, 2_000);
    principal.app_roles = app_roles(tenant, lots, index);
    principal.owners = owners(lots, index, sizes);
    principal.homepage = (kind < 5).then(|| format!("https://app{index}.example"));
    principal.tags = vec!["WindowsAzureActiveDirectoryIntegratedApp".to_owned()];
    match kind {
        0..=5 => {
            principal.app_owner_organization_id = Some(tenant.id);
            principal.sign_in_audience = Some(SignInAudience::SingleTenant);
            let registration = registration(tenant, lots, index, &principal);
            tenant.insert_application(registration);
        }
        6..=8 => {
            let elsewhere = tenant.ids.encode(IdKind::Tenant, 1_000 + index % 7);
            principal.app_owner_organization_id = Some(elsewhere);
            principal.verified_publisher = (kind == 6).then(|| "Fabrikam Ltd.".to_owned());
        }
        _ => {
            principal.service_principal_type = ServicePrincipalType::Legacy;
            principal.sign_in_audience = None;
            principal.tags.clear();
        }
    }
    tenant.insert_service_principal(principal);
}

fn registration(tenant: &Tenant, lots: Lots, index: u32, principal: &ServicePrincipal) -> Application {
    let lot = u64::from(index);
    let start = lots.moment(question::SECRET, lot, 700);
    let secret = PasswordCredential {
        key_id: tenant.ids.encode(IdKind::Credential, index + 10),
        display_name: Some(format!("secret of {index}")),
        hint: "x1~".to_owned(),
        hash: PasswordCredential::hash_of(&format!("x1~{}", lots.draw(question::SECRET, lot + (1 << 40)))),
        start,
        end: start + SignedDuration::from_hours(24 * 365),
        created: start,
    };
    Application {
        id: tenant.ids.encode(IdKind::Application, index + 10),
        app_id: principal.app_id,
        display_name: principal.display_name.clone(),
        sign_in_audience: SignInAudience::SingleTenant,
        created: principal.created,
        publisher_domain: Some(tenant.default_domain().to_owned()),
        identifier_uris: vec![format!("api://{}", principal.app_id)],
        redirect_uris: Vec::new(),
        required_resource_access: Vec::new(),
        password_credentials: if index.is_multiple_of(2) { vec![secret] } else { Vec::new() },
        key_credentials: Vec::new(),
        federated_credentials: Vec::new(),
        app_roles: principal.app_roles.clone(),
        oauth2_permission_scopes: Vec::new(),
        public_client: false,
        disabled: false,
        tags: Vec::new(),
        owners: principal.owners.clone(),
    }
}

/// Four in ten applications offer one to four roles, for users, for applications or both.
fn app_roles(tenant: &Tenant, lots: Lots, index: u32) -> Vec<AppRole> {
    const NAMES: [&str; 4] = ["Reader", "Approver", "Administrator", "Task.ReadWrite.All"];
    let lot = lots.draw(question::ROLES, u64::from(index));
    if lot % 10 >= 4 {
        return Vec::new();
    }
    let count = usize::try_from(lot / 10 % 4).unwrap_or(0) + 1;
    (0..)
        .zip(&NAMES[..count])
        .map(|(number, name)| AppRole {
            id: tenant.ids.encode(IdKind::AppRole, index * 4 + number),
            value: Some((*name).to_owned()),
            display_name: (*name).replace('.', " "),
            description: format!("{name} of application {index}"),
            for_users: number < 3,
            for_applications: number >= 2,
            enabled: true,
        })
        .collect()
}

fn owners(lots: Lots, index: u32, sizes: &Sizes) -> Vec<ObjectRef> {
    let mut owners = Vec::new();
    for number in 0..lots.below(question::OWNERS, u64::from(index), 3) {
        if sizes.users == 0 {
            break;
        }
        let lot = u64::from(index) * 3 + u64::from(number);
        let owner = ObjectRef::new(ObjectKind::User, lots.below(question::OWNER, lot, sizes.users));
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners
}

fn managed_identity(tenant: &Tenant, lots: Lots, index: u32, sizes: &Sizes) -> ServicePrincipal {
    let host = lots.below(question::HOST, u64::from(index), sizes.resource_groups);
    let subscription = tenant.ids.encode(IdKind::Subscription, host % sizes.subscriptions.max(1));
    let group = azure::resource_group_name(lots, host);
    let above = format!("/subscriptions/{subscription}/resourcegroups/{group}/providers");
    let user_assigned = index % 2 == 1;
    let (name, resource) = if user_assigned {
        let name = format!("id-workload-{index}");
        let resource = format!("{above}/Microsoft.ManagedIdentity/userAssignedIdentities/{name}");
        (name, resource)
    } else {
        let name = format!("vm-{index}");
        let resource = format!("{above}/Microsoft.Compute/virtualMachines/{name}");
        (name, resource)
    };
    let id = tenant.ids.encode(IdKind::ServicePrincipal, FIRST_PARTY + sizes.service_principals + index);
    let app_id = tenant.ids.encode(IdKind::AppId, sizes.service_principals + index + 10);
    let mut principal = service_principal(id, app_id, &name);
    principal.service_principal_type = ServicePrincipalType::ManagedIdentity;
    principal.sign_in_audience = None;
    principal.service_principal_names.push(format!("https://identity.azure.net/{}", id.simple()));
    principal.alternative_names =
        vec![format!("isExplicit={}", if user_assigned { "True" } else { "False" }), resource];
    principal.created = lots.moment(question::CREATED, (1 << 40) + u64::from(index), 900);
    principal
}
