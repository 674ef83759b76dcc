//! TLS in front of a RabbitMQ that speaks plain AMQP, as a load balancer would.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

pub struct Server {
    /// An `amqps:` address with the name that is in the certificate.
    pub url: String,
    pub ca_pem: String,
}

/// Serves until the test's runtime ends.
pub async fn in_front_of(amqp_url: &str) -> Result<Server> {
    let (login, address) = amqp_url
        .strip_prefix("amqp://")
        .and_then(|rest| rest.split_once('@'))
        .context(amqp_url.to_owned())?;
    let (address, vhost) = address.split_once('/').context(amqp_url.to_owned())?;
    let (config, ca_pem) = certificate()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("amqps://{login}@localhost:{}/{vhost}", listener.local_addr()?.port());
    let (acceptor, address) = (TlsAcceptor::from(config), address.to_owned());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(carry(acceptor.clone(), client, address.clone()));
        }
    });
    Ok(Server { url, ca_pem })
}

async fn carry(acceptor: TlsAcceptor, client: TcpStream, address: String) -> std::io::Result<()> {
    // A client that refuses the certificate ends here.
    let mut client = acceptor.accept(client).await?;
    let mut server = TcpStream::connect(address).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// A certificate for localhost that is its own authority.
fn certificate() -> Result<(Arc<ServerConfig>, String)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok((Arc::new(config), made.cert.pem()))
}
