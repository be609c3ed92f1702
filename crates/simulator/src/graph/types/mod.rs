//! The resource types of Graph as property tables.

mod application;
mod credentials;
mod device;
mod group;
mod service_principal;
mod user;

use uuid::Uuid;

pub use application::ApplicationType;
pub use device::DeviceType;
pub use group::GroupType;
pub use service_principal::ServicePrincipalType;
pub use user::UserType;

/// Makes a property table: when it is shown, its name, and how it is read.
macro_rules! properties {
    ($($shown:ident $name:literal $read:expr;)*) => {
        &[$($crate::odata::Property { name: $name, shown: $crate::odata::entity::Shown::$shown, read: $read }),*]
    };
}
pub(crate) use properties;

/// The `securityIdentifier` of a cloud object: its id as four numbers under S-1-12-1.
fn security_identifier(id: Uuid) -> String {
    let bytes = id.to_bytes_le();
    let mut text = String::from("S-1-12-1");
    for part in bytes.chunks_exact(4) {
        let number = u32::from_le_bytes([part[0], part[1], part[2], part[3]]);
        text.push('-');
        text.push_str(&number.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_security_identifier_is_the_object_id_in_four_numbers() {
        let id: Uuid = "73d664e4-0886-4a73-b745-c694da45ddb4".parse().expect("a GUID");
        assert_eq!(security_identifier(id), "S-1-12-1-1943430372-1249052806-2496021943-3034400218");
    }
}
