//! Users.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, link, or_empty, resource};
use crate::{
    proto::{Email, Packed, Profile, Resource, Status, StructuredName, UserTrait},
    publish::time,
};

/// A user as Microsoft Graph returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct User<'a> {
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    given_name: Option<Text<'a>>,
    surname: Option<Text<'a>>,
    mail: Option<Text<'a>>,
    user_principal_name: Option<Text<'a>>,
    job_title: Option<Text<'a>>,
    department: Option<Text<'a>>,
    employee_id: Option<Text<'a>>,
    account_enabled: Option<bool>,
    user_type: Option<Text<'a>>,
    created_date_time: Option<Text<'a>>,
    manager: Option<Manager<'a>>,
}

/// The manager that comes with a user.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Manager<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    mail: Option<Text<'a>>,
    employee_id: Option<Text<'a>>,
    display_name: Option<Text<'a>>,
}

impl User<'_> {
    /// The resource.
    pub(crate) fn resource(&self, id: &str, portal: &str) -> Resource {
        let email = self.email();
        let login = or_empty(self.user_principal_name.as_ref());
        let title = self.job_title.as_ref();
        let mut profile = Profile::new();
        profile
            .text("id", id)
            .text("user_id", id)
            .text("first_name", self.given_name.as_ref())
            .text("last_name", self.surname.as_ref())
            .text("email", email)
            .text("displayName", self.display_name.as_ref())
            .text("title", title)
            .text("jobTitle", title)
            .text("userPrincipalName", login)
            .flag("accountEnabled", self.account_enabled)
            .text("employeeId", self.employee_id.as_ref())
            .text("employeeNumber", self.employee_id.as_ref())
            .text("department", self.department.as_ref())
            .text("userType", self.user_type.as_ref());
        if let Some(manager) = &self.manager {
            profile
                .text("managerId", manager.id.as_ref())
                .text("managerEmail", manager.mail.as_ref())
                .text("supervisorEId", manager.employee_id.as_ref())
                .text("supervisorEmail", manager.mail.as_ref())
                .text("supervisor", manager.display_name.as_ref());
        }
        let profile = profile.encode();
        let status = self.account_enabled.map(Status::of);
        let created_at = self.created_date_time.as_deref().and_then(time::timestamp);
        let name = StructuredName {
            given_name: or_empty(self.given_name.as_ref()).to_owned(),
            family_name: or_empty(self.surname.as_ref()).to_owned(),
        };
        let employee_id = self.employee_id.as_deref().filter(|id| !id.is_empty());
        let annotation = UserTrait {
            emails: email
                .map(|address| Email { address: address.to_owned(), is_primary: true })
                .into_iter()
                .collect(),
            status: status.clone(),
            profile: profile.clone(),
            login: login.to_owned(),
            created_at,
            structured_name: Some(name).filter(|name| *name != StructuredName::default()),
            employee_ids: employee_id.map(str::to_owned).into_iter().collect(),
            ..UserTrait::default()
        };
        let mut made = resource(Kind::User, id, or_empty(self.display_name.as_ref()), None);
        made.annotations.push(annotation.pack());
        link(
            &mut made,
            portal,
            &["/#view/Microsoft_AAD_UsersAndTenants/UserProfileMenuBlade/~/overview/userId/", id],
        );
        Resource { profile, status, created_at, ..made }
    }

    /// The first address of mail: what Graph calls so, else the sign-in name if it is an address.
    fn email(&self) -> Option<&str> {
        let mail = self.mail.as_deref().filter(|mail| !mail.is_empty());
        mail.or_else(|| self.user_principal_name.as_deref().filter(|name| is_address(name)))
    }
}

/// Whether a sign-in name can be written to: something, one at sign, a domain.
fn is_address(name: &str) -> bool {
    let fits = |part: &str| !part.is_empty() && !part.contains(['@', ' ', '<', '>', ',', ';', '"']);
    name.split_once('@').is_some_and(|(local, domain)| fits(local) && fits(domain))
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    const PORTAL: &str = "https://entra.example/";

    fn made(body: &str) -> Resource {
        let parsed: User<'_> = serde_json::from_str(body).unwrap();
        parsed.resource("u1", PORTAL)
    }

    const ANNA: &str = r##"{
        "id": "u1", "displayName": "Anna Berg", "givenName": "Anna", "surname": "Berg",
        "mail": "anna@contoso.example", "userPrincipalName": "anna.berg@contoso.example",
        "jobTitle": "Engineer", "department": "R&D", "employeeId": "E42", "accountEnabled": true,
        "userType": "Member", "createdDateTime": "2024-02-29T12:34:56Z",
        "manager": {"@odata.type": "#microsoft.graph.user", "id": "u2", "mail": "ben@contoso.example",
                    "employeeId": "E1", "displayName": "Ben"}}"##;

    #[test]
    fn a_user_has_the_profile_that_c1_knows() {
        let made = made(ANNA);
        let read: UserTrait = trait_of(&made);
        let expected = [
            ("accountEnabled", "true"),
            ("department", "R&D"),
            ("displayName", "Anna Berg"),
            ("email", "anna@contoso.example"),
            ("employeeId", "E42"),
            ("employeeNumber", "E42"),
            ("first_name", "Anna"),
            ("id", "u1"),
            ("jobTitle", "Engineer"),
            ("last_name", "Berg"),
            ("managerEmail", "ben@contoso.example"),
            ("managerId", "u2"),
            ("supervisor", "Ben"),
            ("supervisorEId", "E1"),
            ("supervisorEmail", "ben@contoso.example"),
            ("title", "Engineer"),
            ("userPrincipalName", "anna.berg@contoso.example"),
            ("userType", "Member"),
            ("user_id", "u1"),
        ];
        assert_eq!(fields(&read.profile), expected.map(|(key, value)| (key.into(), value.into())).into());
        assert_eq!(read.profile, made.profile);
        assert_eq!(read.login, "anna.berg@contoso.example");
        assert_eq!(read.status, Some(Status::of(true)));
        assert_eq!(read.created_at.unwrap().seconds, 1_709_210_096);
    }

    #[test]
    fn defect_31_names_user_id_and_employee_ids_are_filled() {
        let read: UserTrait = trait_of(&made(ANNA));
        let profile = fields(&read.profile);
        assert_eq!(profile["first_name"], "Anna");
        assert_eq!(profile["last_name"], "Berg");
        assert_eq!(profile["user_id"], "u1");
        assert_eq!(read.employee_ids, ["E42"]);
        assert_eq!(read.structured_name.unwrap().family_name, "Berg");
    }

    #[test]
    fn defect_20_a_guest_is_told_from_a_member() {
        let read: UserTrait = trait_of(&made(r#"{"userType": "Guest"}"#));
        assert_eq!(fields(&read.profile)["userType"], "Guest");
    }

    #[test]
    fn defect_18_a_user_without_a_mailbox_stays_in_the_file() {
        let made = made(r#"{"displayName": "Anna", "mail": null, "userPrincipalName": "anna"}"#);
        let read: UserTrait = trait_of(&made);
        assert_eq!(made.display_name, "Anna");
        assert_eq!(read.emails, []);
        assert_eq!(read.status, None, "what was not said is not made up");
    }

    #[test]
    fn the_sign_in_name_serves_as_address_when_it_is_one() {
        let address = |name: &str| {
            let read: UserTrait =
                trait_of(&made(&format!(r#"{{"mail": "", "userPrincipalName": "{name}"}}"#)));
            read.emails.first().map(|email| email.address.clone())
        };
        assert_eq!(address("anna@x.example").as_deref(), Some("anna@x.example"));
        assert_eq!(address("a_x.example#EXT#@y.example").as_deref(), Some("a_x.example#EXT#@y.example"));
        assert_eq!(address("anna"), None);
        assert_eq!(address("a@b@c"), None);
    }

    #[test]
    fn a_user_links_to_its_page_and_is_called_by_its_id_without_a_name() {
        let made = made("{}");
        assert_eq!(made.display_name, "u1");
        let link = crate::proto::ExternalLink::decode(made.annotations[1].value.as_slice()).unwrap();
        assert_eq!(
            link.url,
            "https://entra.example/#view/Microsoft_AAD_UsersAndTenants/UserProfileMenuBlade/~/overview/userId/u1"
        );
    }
}
