//! TLS with an authority of one's own, and HTTP/2 where it is offered.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{Json, Router, extract::Request, routing::any};
use fairlead_azure::{Gateway, GatewayOptions, Pace};
use fairlead_model::{Api, Cloud, CustomCloud, Mode};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use crate::support::{self, everything, get, quick};

/// Answers like Entra and like Graph, and tells the protocol it was asked in.
async fn answer(request: Request) -> Json<Value> {
    if request.uri().path().ends_with("/token") {
        return Json(
            json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "t"}),
        );
    }
    Json(json!({"version": format!("{:?}", request.version())}))
}

/// Starts an HTTPS server whose certificate is signed by an authority written to the folder.
async fn serve(folder: &Path) -> (String, PathBuf) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let ca_file = folder.join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).unwrap();

    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = TowerToHyperService::new(Router::new().fallback(any(answer)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, service) = (acceptor.clone(), service.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let builder = auto::Builder::new(TokioExecutor::new());
                // The client decides when the connection ends.
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (format!("https://localhost:{port}"), ca_file)
}

fn gateway(address: &str, ca_file: Option<PathBuf>) -> Gateway {
    let address: url::Url = address.parse().unwrap();
    let cloud = Cloud::Custom(Box::new(CustomCloud {
        authority: address.clone(),
        graph: address.clone(),
        resource_manager: address,
        graph_audience: None,
        resource_manager_audience: None,
        ca_file,
    }));
    let pace = Pace { attempts: 2, ..quick() };
    Gateway::connect(GatewayOptions { pace, ..support::options(cloud) }).unwrap()
}

#[tokio::test]
async fn a_named_authority_is_trusted_and_http_2_is_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let (address, ca_file) = serve(folder.path()).await;
    let response =
        gateway(&address, Some(ca_file)).policed(everything(Mode::Read)).send(get("/v1.0/users")).await;
    assert_eq!(response.unwrap().body, r#"{"version":"HTTP/2.0"}"#);
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted_and_the_way_out_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _) = serve(folder.path()).await;
    let error = gateway(&address, None).sign_in(Api::Graph).await.unwrap_err().to_string();
    assert!(error.contains("is not trusted") && error.contains("ca-file"), "{error}");
}
