//! The opaque ids of assignments: 43 letters that hold the id of the thing and of what it belongs to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The opaque id of a thing that belongs to an owner.
pub(super) fn encode(owner: Uuid, id: Uuid) -> String {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&owner.to_bytes_le());
    bytes[16..].copy_from_slice(&id.to_bytes_le());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The id of the thing in an opaque id; what follows the 43 letters (`-1`, `-1-e`) says how it is shown.
pub(super) fn decode(text: &str) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(text.get(..43)?).ok()?;
    Some(Uuid::from_bytes_le(bytes.get(16..32)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opaque_id_leads_back_with_or_without_a_suffix() {
        let (owner, id) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let text = encode(owner, id);
        assert_eq!(text.len(), 43);
        assert_eq!(decode(&text), Some(id));
        assert_eq!(decode(&format!("{text}-1-e")), Some(id));
        assert_eq!(decode("short"), None);
        assert_eq!(decode(&"%".repeat(43)), None);
    }
}
