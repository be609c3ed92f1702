//! Places in the Entra admin centre and the Azure portal: the way there as people click, and a link.
//!
//! Links carry the tenant, since whoever follows one is often signed in to another. Their form is not documented;
//! these are the ones the portals put into the address bar, and that Microsoft's own documents link to.

use fairlead_model::{Cloud, PortalPlace, TenantId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::{ConnectError, cloud::Addresses};

/// What a name may keep in a link.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The portals of a cloud, as they show one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    entra: &'static str,
    azure: &'static str,
    tenant: String,
}

impl Portal {
    /// The portals of a cloud. A custom cloud has those of the public one.
    ///
    /// # Errors
    /// A custom cloud's address that is not usable.
    pub fn of(cloud: &Cloud, tenant: &TenantId) -> Result<Self, ConnectError> {
        let addresses = Addresses::of(cloud)?;
        Ok(Self {
            entra: addresses.entra_portal,
            azure: addresses.azure_portal,
            tenant: tenant.as_str().to_owned(),
        })
    }

    /// The same portals, showing whichever tenant people are signed in to: for where the tenant is what is wrong.
    #[must_use]
    pub fn of_any_tenant(&self) -> Self {
        Self { tenant: String::new(), ..self.clone() }
    }

    /// Address of the Entra admin centre.
    pub fn entra(&self) -> &'static str {
        self.entra
    }

    /// Address of the Azure portal.
    pub fn azure(&self) -> &'static str {
        self.azure
    }

    /// What the tenant is: its id and name.
    pub fn tenant(&self) -> PortalPlace {
        self.in_entra("Entra ID > Overview", "Microsoft_AAD_IAM/TenantOverview.ReactView")
    }

    /// Properties of the tenant, with the switch that lets a Global Administrator at all subscriptions.
    pub fn tenant_properties(&self) -> PortalPlace {
        self.in_entra("Entra ID > Overview > Properties", "Microsoft_AAD_IAM/TenantProperties.ReactView")
    }

    /// The form that makes an app registration.
    pub fn new_registration(&self) -> PortalPlace {
        self.in_entra(
            "App registrations > New registration",
            "Microsoft_AAD_RegisteredApps/CreateApplicationBlade/quickStartType~/null/isMSAApp~/false",
        )
    }

    /// All app registrations.
    pub fn registrations(&self) -> PortalPlace {
        self.in_entra(
            "App registrations > All applications",
            "Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
        )
    }

    /// An app registration.
    pub fn registration(&self, client_id: Uuid) -> PortalPlace {
        self.registration_page(client_id, "Overview", "Overview")
    }

    /// Who may use an app registration (supported account types).
    pub fn audience(&self, client_id: Uuid) -> PortalPlace {
        self.registration_page(client_id, "Authentication", "Authentication")
    }

    /// Its permissions, and their admin consent.
    pub fn api_permissions(&self, client_id: Uuid) -> PortalPlace {
        self.registration_page(client_id, "API permissions", "CallAnAPI")
    }

    /// Its secrets, certificates and federated credentials.
    pub fn credentials(&self, client_id: Uuid) -> PortalPlace {
        self.registration_page(client_id, "Certificates & secrets", "Credentials")
    }

    /// Whether its enterprise application is enabled. Without the service principal's object id the link leads to
    /// the list of them.
    pub fn enterprise_properties(&self, client_id: Uuid, object_id: Option<Uuid>) -> PortalPlace {
        self.enterprise_page(client_id, object_id, "Properties")
    }

    /// What was consented to for its enterprise application.
    pub fn enterprise_permissions(&self, client_id: Uuid, object_id: Option<Uuid>) -> PortalPlace {
        self.enterprise_page(client_id, object_id, "Permissions")
    }

    /// Who has which role of Entra ID.
    pub fn directory_roles(&self) -> PortalPlace {
        self.in_entra("Roles & admins > All roles", "Microsoft_AAD_IAM/RolesManagementMenuBlade/~/AllRoles")
    }

    /// Conditional access policies.
    pub fn conditional_access(&self) -> PortalPlace {
        self.in_entra(
            "Conditional Access > Policies",
            "Microsoft_AAD_ConditionalAccess/ConditionalAccessBlade/~/Policies",
        )
    }

    /// Licences of the tenant.
    pub fn licences(&self) -> PortalPlace {
        self.in_entra("Billing > Licenses > All products", "Microsoft_AAD_IAM/LicensesMenuBlade/~/Products")
    }

    /// All subscriptions.
    pub fn subscriptions(&self) -> PortalPlace {
        self.in_azure("Subscriptions", "Microsoft_Azure_Billing/SubscriptionsBladeV2")
    }

    /// A subscription and its state.
    pub fn subscription(&self, subscription: Uuid) -> PortalPlace {
        self.subscription_page(subscription, "Overview", "overview")
    }

    /// Who has which role at a subscription.
    pub fn subscription_access(&self, subscription: Uuid) -> PortalPlace {
        self.subscription_page(subscription, "Access control (IAM)", "users")
    }

    /// Who has which role at a management group, by its name (not its title).
    pub fn management_group_access(&self, name: &str) -> PortalPlace {
        let (tenant, id) = (&self.tenant, utf8_percent_encode(name, NAME));
        self.in_azure(
            &format!("Management groups > {name} > Access control (IAM)"),
            &format!(
                "Microsoft_Azure_Resources/ManagmentGroupDrilldownMenuBlade/~/users/tenantId/{tenant}/mgId/{id}\
                 /mgDisplayName/{id}/defaultMenuItemId/users/drillDownMode~/true"
            ),
        )
    }

    /// All management groups.
    pub fn management_groups(&self) -> PortalPlace {
        self.in_azure(
            "Management groups",
            "Microsoft_Azure_ManagementGroups/ManagementGroupBrowseBlade/~/MGBrowse_overview",
        )
    }

    fn registration_page(&self, client_id: Uuid, page: &str, blade: &str) -> PortalPlace {
        self.in_entra(
            &format!("App registrations > All applications > {client_id} > {page}"),
            &format!(
                "Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/{blade}/appId/{client_id}/isMSAApp~/false"
            ),
        )
    }

    fn enterprise_page(&self, client_id: Uuid, object_id: Option<Uuid>, page: &str) -> PortalPlace {
        let path = format!("Enterprise applications > All applications > {client_id} > {page}");
        let blade = match object_id {
            Some(id) => {
                format!("Microsoft_AAD_IAM/ManagedAppMenuBlade/~/{page}/objectId/{id}/appId/{client_id}")
            }
            None => "Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview".to_owned(),
        };
        self.in_entra(&path, &blade)
    }

    fn subscription_page(&self, subscription: Uuid, page: &str, blade: &str) -> PortalPlace {
        let (azure, tenant) = (self.azure, &self.tenant);
        PortalPlace {
            path: format!("Subscriptions > {subscription} > {page}"),
            url: format!("{azure}/#@{tenant}/resource/subscriptions/{subscription}/{blade}"),
        }
    }

    fn in_entra(&self, path: &str, blade: &str) -> PortalPlace {
        PortalPlace { path: path.to_owned(), url: self.view(self.entra, blade) }
    }

    fn in_azure(&self, path: &str, blade: &str) -> PortalPlace {
        PortalPlace { path: path.to_owned(), url: self.view(self.azure, blade) }
    }

    fn view(&self, portal: &str, blade: &str) -> String {
        let tenant = &self.tenant;
        let slash = if tenant.is_empty() { "" } else { "/" };
        format!("{portal}/{tenant}{slash}#view/{blade}")
    }

    /// Whether a link leads into one of the two portals.
    pub fn has(&self, link: &str) -> bool {
        [self.entra, self.azure].iter().any(|portal| {
            link.strip_prefix(portal).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#']))
        })
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    const CLIENT: Uuid = Uuid::from_u128(0xc11e);

    fn portal(cloud: &Cloud) -> Portal {
        Portal::of(cloud, &"contoso.onmicrosoft.com".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_place_is_what_people_click_and_a_link_into_the_tenant() {
        let place = portal(&Cloud::Public).api_permissions(CLIENT);
        assert_eq!(
            place.path,
            "App registrations > All applications > 00000000-0000-0000-0000-00000000c11e > API permissions"
        );
        assert_eq!(
            place.url,
            "https://entra.microsoft.com/contoso.onmicrosoft.com/#view/Microsoft_AAD_RegisteredApps\
             /ApplicationMenuBlade/~/CallAnAPI/appId/00000000-0000-0000-0000-00000000c11e/isMSAApp~/false"
        );
    }

    #[test]
    fn where_the_tenant_is_wrong_the_link_names_none() {
        let place = portal(&Cloud::Public).of_any_tenant().registrations();
        assert_eq!(
            place.url,
            "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"
        );
    }

    #[test]
    fn a_link_into_a_portal_is_told_from_one_that_looks_like_it() {
        let portal = portal(&Cloud::Public);
        assert!(portal.has(&portal.registrations().url) && portal.has(&portal.subscription(CLIENT).url));
        for link in [
            "https://entra.microsoft.com.evil.example/#view/x",
            "https://portal.azure.com@evil.example/",
            "https://portal.azure.cn/#view/x",
            "https://evil.example/?https://portal.azure.com/",
        ] {
            assert!(!portal.has(link), "{link}");
        }
    }

    #[test]
    fn each_cloud_has_portals_of_its_own() {
        for (cloud, entra, azure) in [
            (Cloud::Public, "entra.microsoft.com", "portal.azure.com"),
            (Cloud::UsGovernment, "entra.microsoft.us", "portal.azure.us"),
            (Cloud::UsDod, "entra.microsoft.us", "portal.azure.us"),
            (Cloud::China, "entra.microsoftonline.cn", "portal.azure.cn"),
        ] {
            let portal = portal(&cloud);
            let host = |place: PortalPlace| Url::parse(&place.url).unwrap().host_str().unwrap().to_owned();
            assert_eq!(host(portal.credentials(CLIENT)), entra);
            assert_eq!(host(portal.conditional_access()), entra);
            assert_eq!(host(portal.subscription_access(CLIENT)), azure);
        }
    }

    #[test]
    fn an_enterprise_application_is_linked_once_its_object_id_is_known() {
        let portal = portal(&Cloud::Public);
        let known = portal.enterprise_properties(CLIENT, Some(Uuid::from_u128(7)));
        assert!(known.url.contains("/ManagedAppMenuBlade/~/Properties/objectId/00000000-"), "{}", known.url);
        let unknown = portal.enterprise_properties(CLIENT, None);
        assert_eq!(known.path, unknown.path);
        assert!(
            unknown.url.ends_with("/StartboardApplicationsMenuBlade/~/AppAppsPreview"),
            "{}",
            unknown.url
        );
    }

    #[test]
    fn a_management_group_s_name_cannot_break_out_of_the_link() {
        let place = portal(&Cloud::Public).management_group_access("a/b?c#(d) é");
        assert!(place.url.contains("/mgId/a%2Fb%3Fc%23%28d%29%20%C3%A9/"), "{}", place.url);
    }
}
