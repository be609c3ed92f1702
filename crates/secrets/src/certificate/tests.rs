use std::sync::OnceLock;

use aws_lc_rs::rsa::KeySize;
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
};
use pkcs8::{PrivateKeyInfoRef, pkcs5::pbes2};
use rcgen::{CertificateParams, DnType, Issuer, KeyPair, PKCS_RSA_SHA256, date_time_ymd};

use super::*;

/// Where PKCS#1 begins in the PKCS#8 of an RSA key of 2048 bits.
const PKCS1_AT: usize = 26;

struct Made {
    key: KeyPair,
    /// The one the key belongs to, and the one it was signed with.
    leaf: rcgen::Certificate,
    authority: rcgen::Certificate,
}

fn rsa() -> KeyPair {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).unwrap();
    KeyPair::from_pkcs8_der_and_sign_algo(&der.as_ref().into(), &PKCS_RSA_SHA256).unwrap()
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

/// Made once: RSA keys take their time.
fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let (key, authority_key) = (rsa(), rsa());
        let authority_params = params("Authority");
        let authority = authority_params.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority_params, authority_key);
        Made { leaf: params("Sync").signed_by(&key, &issuer).unwrap(), key, authority }
    })
}

fn block(tag: &str, der: &[u8]) -> String {
    ::pem::encode(&::pem::Pem::new(tag, der))
}

fn encrypted(password: &str) -> String {
    let (made, parameters) =
        (made(), pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(1000, &[1; 16], [2; 16]).unwrap());
    let key = PrivateKeyInfoRef::try_from(made.key.serialized_der()).unwrap();
    let encrypted = key.encrypt_with_params(parameters, password).unwrap();
    block("ENCRYPTED PRIVATE KEY", encrypted.as_bytes())
}

fn pfx(password: &str, legacy: bool) -> Vec<u8> {
    let made = made();
    let certificates = [&made.leaf, &made.authority].map(|it| Certificate::from_der(it.der()).unwrap());
    let key = PrivateKey::from_der(made.key.serialized_der()).unwrap();
    let mut store = KeyStore::new();
    store.add_entry("sync", KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new("1", key, certificates)));
    let writer = store.writer(password);
    let writer = if legacy {
        writer
            .encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
            .mac_algorithm(MacAlgorithm::HmacSha1)
    } else {
        writer
    };
    writer.write().unwrap()
}

fn read(
    file: impl AsRef<[u8]>,
    password: Option<&str>,
) -> Result<(CertificatePem, CertificateFacts), CertificateError> {
    let told = CertificatePem::read(file.as_ref(), password.map(SecretString::from).as_ref());
    let shown = format!("{told:?}");
    assert!(!shown.contains("PRIVATE") && !shown.contains("canary"), "{shown}");
    told
}

fn error(file: impl AsRef<[u8]>, password: Option<&str>) -> CertificateError {
    let error = read(file, password).unwrap_err();
    assert!(!error.to_string().contains("canary"), "{error}");
    error
}

#[test]
fn whatever_form_it_comes_in_the_same_pem_is_kept() {
    let made = made();
    let (leaf, authority, key) = (made.leaf.pem(), made.authority.pem(), made.key.serialize_pem());
    let pkcs1 = block("RSA PRIVATE KEY", &made.key.serialized_der()[PKCS1_AT..]);
    let (kept, facts) = read(format!("{leaf}{authority}{key}"), None).unwrap();
    assert_eq!(kept.expose().expose_secret(), format!("{leaf}{authority}{key}").replace("\r\n", "\n"));
    assert_eq!(kept.facts().as_ref(), Ok(&facts));
    for (file, password) in [
        (format!("{key}{authority}{leaf}").into_bytes(), None),
        (format!("Bag Attributes\r\n  x: y\r\n{pkcs1}\r\n{leaf}{authority}").into_bytes(), None),
        (format!("{leaf}{authority}{}", encrypted("canary")).into_bytes(), Some("canary")),
        (pfx("canary", false), Some("canary")),
        (pfx("canary", true), Some("canary")),
        (pfx("", false), None),
    ] {
        let (again, told) = read(file, password).unwrap();
        assert_eq!(again.expose().expose_secret(), kept.expose().expose_secret());
        assert_eq!(told, facts);
    }
}

#[test]
fn a_certificate_is_told_as_the_portal_shows_it() {
    let made = made();
    let (kept, facts) = read(format!("{}{}", made.leaf.pem(), made.key.serialize_pem()), None).unwrap();
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, made.leaf.der());
    assert_eq!(facts.thumbprint, hex::encode_upper(sha1));
    assert!(facts.subject.contains("CN=Sync"), "{}", facts.subject);
    assert_eq!(facts.not_before, "2026-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(facts.not_after, "2027-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(kept.identity().len(), 64);
    let check = |now: &str| facts.check(now.parse().unwrap());
    assert_eq!(check("2026-06-01T00:00:00Z"), Ok(()));
    assert_eq!(check("2027-06-01T00:00:00Z"), Err(CertificateError::Expired { at: facts.not_after }));
    assert_eq!(check("2025-06-01T00:00:00Z"), Err(CertificateError::NotYetValid { from: facts.not_before }));
}

#[test]
fn what_is_missing_or_does_not_fit_is_told() {
    use CertificateError as E;
    let made = made();
    let (leaf, key) = (made.leaf.pem(), made.key.serialize_pem());
    let elliptic = KeyPair::generate().unwrap();
    let legacy =
        key.replace("PRIVATE KEY", "RSA PRIVATE KEY").replacen('\n', "\nProc-Type: 4,ENCRYPTED\n\n", 1);
    for (file, password, told) in [
        (leaf.clone().into_bytes(), None, E::NoKey),
        (made.leaf.der().to_vec(), None, E::NoKey),
        (key.clone().into_bytes(), None, E::NoCertificate),
        (format!("{}{key}", made.authority.pem()).into_bytes(), None, E::OtherKey),
        (format!("{leaf}{key}{key}").into_bytes(), None, E::SeveralKeys(2)),
        (format!("{leaf}{}", elliptic.serialize_pem()).into_bytes(), None, E::Key),
        (format!("{leaf}{}", encrypted("canary")).into_bytes(), None, E::PasswordNeeded),
        (format!("{leaf}{}", encrypted("canary")).into_bytes(), Some("other"), E::WrongPassword),
        (format!("{leaf}{legacy}").into_bytes(), None, E::Encryption),
        (pfx("canary", false), None, E::PasswordNeeded),
        (pfx("canary", false), Some("other"), E::WrongPassword),
        (pfx("canary", true), Some("other"), E::WrongPassword),
        (b"canary".to_vec(), None, E::Unreadable),
        (vec![], None, E::Unreadable),
        (b"-----BEGIN CERTIFICATE-----\ncanary".to_vec(), None, E::Unreadable),
        (pfx("canary", false)[..500].to_vec(), Some("canary"), E::Unreadable),
    ] {
        assert_eq!(error(&file, password), told, "{}", String::from_utf8_lossy(&file));
    }
}

/// Azure's own certificates without an end have the last second of 9999.
#[test]
fn an_end_beyond_the_calendar_is_the_last_there_is() {
    let mut params = params("For ever");
    params.not_after = date_time_ymd(9999, 12, 31);
    let certificate = params.self_signed(&made().key).unwrap();
    assert_eq!(facts(certificate.der()).unwrap().not_after, Timestamp::MAX);
}
