//! Creating, changing and deleting users.

use std::borrow::Cow;

use serde::Deserialize;

use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::super::permission;
use super::super::types::UserType as Users;
use super::{body, created, delete, done, locate, record};
use crate::world::ids::IdKind;
use crate::world::users::{User, UserType};
use crate::world::{ChangeKind, ObjectKind, ObjectRef};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewUser {
    account_enabled: bool,
    display_name: String,
    mail_nickname: String,
    user_principal_name: String,
    #[serde(rename = "passwordProfile")]
    _password_profile: PasswordProfile,
    #[serde(flatten)]
    more: Properties,
}

/// A password is required and never kept.
#[derive(Debug, Deserialize)]
struct PasswordProfile {
    #[serde(rename = "password")]
    _password: serde::de::IgnoredAny,
}

/// The properties that can be changed; those that are absent stay.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    account_enabled: Option<bool>,
    display_name: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    job_title: Option<String>,
    department: Option<String>,
    company_name: Option<String>,
    office_location: Option<String>,
    employee_id: Option<String>,
    mobile_phone: Option<String>,
    usage_location: Option<String>,
    mail: Option<String>,
    other_mails: Option<Vec<String>>,
}

impl Properties {
    fn changes_only_the_account_state(&self) -> bool {
        let Self {
            account_enabled,
            display_name,
            given_name,
            surname,
            job_title,
            department,
            company_name,
            office_location,
            employee_id,
            mobile_phone,
            usage_location,
            mail,
            other_mails,
        } = self;
        let texts = [
            display_name,
            given_name,
            surname,
            job_title,
            department,
            company_name,
            office_location,
            employee_id,
            mobile_phone,
            usage_location,
            mail,
        ];
        account_enabled.is_some() && other_mails.is_none() && texts.iter().all(|text| text.is_none())
    }

    fn write_into(self, user: &mut User) {
        fn set<T: From<String>>(place: &mut Option<T>, text: Option<String>) {
            if let Some(text) = text {
                *place = Some(text.into());
            }
        }
        user.account_enabled = self.account_enabled.unwrap_or(user.account_enabled);
        if let Some(name) = self.display_name {
            user.display_name = name;
        }
        set(&mut user.given_name, self.given_name);
        set(&mut user.surname, self.surname);
        set(&mut user.job_title, self.job_title);
        set(&mut user.department, self.department);
        set(&mut user.company_name, self.company_name);
        set(&mut user.office_location, self.office_location);
        set(&mut user.employee_id, self.employee_id);
        set(&mut user.mobile_phone, self.mobile_phone);
        set(&mut user.usage_location, self.usage_location);
        set(&mut user.mail, self.mail);
        if let Some(mails) = self.other_mails {
            user.other_mails = mails;
        }
    }
}

/// `POST /users`
pub(in super::super) fn create(change: &mut Change<'_>) -> Answer {
    change.need(permission::USERS_WRITE)?;
    let wanted: NewUser = body(change)?;
    if change.tenant.users.position_by_upn(&wanted.user_principal_name).is_some() {
        return Err(GraphError::request(
            "Another object with the same value for property userPrincipalName already exists.",
        ));
    }
    let domain = wanted.user_principal_name.rsplit_once('@').map_or("", |(_, domain)| domain);
    if !change.tenant.domains.iter().any(|known| known.name.eq_ignore_ascii_case(domain)) {
        return Err(GraphError::request(
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified \
             domain names in your organization.",
        ));
    }
    let now = change.now();
    let mut user = User {
        id: change.tenant.new_id(IdKind::User),
        display_name: wanted.display_name,
        given_name: None,
        surname: None,
        user_principal_name: wanted.user_principal_name,
        mail: None,
        mail_nickname: wanted.mail_nickname,
        other_mails: Vec::new(),
        job_title: None,
        department: None,
        company_name: None,
        office_location: None,
        mobile_phone: None,
        business_phones: Vec::new(),
        preferred_language: None,
        usage_location: None,
        employee_id: None,
        account_enabled: wanted.account_enabled,
        user_type: UserType::Member,
        created: now,
        last_password_change: now,
        external_user_state: None::<Cow<'static, str>>,
        on_premises: None,
        assigned_licenses: Vec::new(),
        sign_in_activity: None,
        mailbox: None,
        mfa_registered: false,
        manager: None,
    };
    wanted.more.write_into(&mut user);
    let position = change.tenant.users.insert(user);
    record(change, ObjectRef::new(ObjectKind::User, position), ChangeKind::Created);
    created::<Users>(change, position)
}

/// `PATCH /users/{id}`
pub(in super::super) fn update(change: &mut Change<'_>) -> Answer {
    let wanted: Properties = body(change)?;
    if !(wanted.changes_only_the_account_state() && change.need(permission::ACCOUNTS_WRITE).is_ok()) {
        change.need(permission::USERS_WRITE)?;
    }
    let object = locate::<Users>(change)?;
    change.tenant.users.update(object.position, |user| wanted.write_into(user));
    record(change, object, ChangeKind::Updated);
    Ok(done())
}

/// `DELETE /users/{id}`
pub(in super::super) fn remove(change: &mut Change<'_>) -> Answer {
    change.need(permission::USERS_DELETE)?;
    delete::<Users>(change)
}
