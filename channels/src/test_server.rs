//! A scripted HTTP server for the providers' own tests, on a free local port, plain or TLS. It shares nothing with
//! the simulator on purpose, because the two would agree on a mistake.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    pub version: Version,
    pub authorization: String,
    pub content_type: String,
    pub headers: HeaderMap,
    pub host: String,
    pub bytes: Bytes,
    /// The bytes as text.
    pub body: String,
}

/// What the script does with a request after reading it in full.
pub(crate) enum Reply {
    Answer(u16, &'static str, String),
    /// An answer with one more header.
    With(u16, (&'static str, &'static str), String),
    /// The connection (HTTP/2: the stream) ends without an answer.
    Lost,
    /// HTTP/2 `REFUSED_STREAM`.
    Refused,
    /// An answer, but only after a while.
    Late(Duration, u16, String),
}

impl Reply {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Reply::Answer(status, "application/json", body.into())
    }
}

type Script = dyn Fn(&Seen) -> Reply + Send + Sync;

/// Stops with its runtime.
pub(crate) struct TestServer {
    pub port: u16,
    pub tls: bool,
    connections: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// The authority that signed the server's certificate.
    pub ca_file: PathBuf,
    _directory: tempfile::TempDir,
}

impl TestServer {
    pub async fn plain(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, tempfile::tempdir().unwrap(), Arc::new(script)).await
    }

    pub async fn tls(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let acceptor = acceptor(&directory);
        Self::start(Some(acceptor), directory, Arc::new(script)).await
    }

    async fn start(
        acceptor: Option<tokio_rustls::TlsAcceptor>,
        directory: tempfile::TempDir,
        script: Arc<Script>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            tls: acceptor.is_some(),
            connections: Arc::default(),
            seen: Arc::default(),
            ca_file: directory.path().join("ca.pem"),
            _directory: directory,
        };
        let (connections, seen) = (Arc::clone(&server.connections), Arc::clone(&server.seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (acceptor, script, seen) = (acceptor.clone(), Arc::clone(&script), Arc::clone(&seen));
                tokio::spawn(async move {
                    match acceptor {
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, script, seen).await;
                            }
                        }
                        None => serve(stream, script, seen).await,
                    }
                });
            }
        });
        server
    }

    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests to `path`, in order.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|request| request.path == path).cloned().collect()
    }
}

/// A certificate for 127.0.0.1 from a fresh authority, whose own certificate is written to `ca.pem`.
pub(crate) fn acceptor(directory: &tempfile::TempDir) -> tokio_rustls::TlsAcceptor {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = rcgen::CertifiedIssuer::self_signed(authority, rcgen::KeyPair::generate().unwrap()).unwrap();
    std::fs::write(directory.path().join("ca.pem"), authority.pem()).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    tokio_rustls::TlsAcceptor::from(Arc::new(config))
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
) {
    let service = service_fn(move |request| {
        let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
        async move {
            let request = read(request).await?;
            let reply = script(&request);
            seen.lock().unwrap().push(request);
            answer(reply).await
        }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    // A connection that ends badly is what some of the tests want.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

/// Why a request gets no answer; HTTP/2 resets its stream with the reason, if there is one.
#[derive(Debug, thiserror::Error)]
#[error("the script gives no answer")]
struct NoAnswer(#[source] Option<h2::Error>);

async fn read(request: Request<Incoming>) -> Result<Seen, NoAnswer> {
    let (head, body) = request.into_parts();
    let header = |name| head.headers.get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    let bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Err(NoAnswer(None)),
    };
    Ok(Seen {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        version: head.version,
        authorization: header("authorization"),
        content_type: header("content-type"),
        host: header("host"),
        body: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
        headers: head.headers,
    })
}

async fn answer(reply: Reply) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let (status, header, body) = match reply {
        Reply::Answer(status, kind, body) => (status, ("content-type", kind), body),
        Reply::With(status, header, body) => (status, header, body),
        Reply::Lost => return Err(NoAnswer(None)),
        Reply::Refused => return Err(NoAnswer(Some(h2::Reason::REFUSED_STREAM.into()))),
        Reply::Late(wait, status, body) => {
            tokio::time::sleep(wait).await;
            (status, ("content-type", "application/json"), body)
        }
    };
    let response = Response::builder().status(status).header(header.0, header.1);
    Ok(response.body(Full::from(body)).unwrap())
}
