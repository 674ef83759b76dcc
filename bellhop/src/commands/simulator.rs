//! `bellhop simulator`: the providers' far side, for trying things out and for proofs.

use super::Context;
use crate::roles;
use anyhow::Result;
use bellhop_simulator::Simulator;

pub async fn run(context: &Context) -> Result<()> {
    let running = Simulator::start(context.config.simulator.clone()).await?;
    println!("FCM    {}", running.fcm_url());
    println!("SMS    {}", running.sms_url());
    for (name, addr) in running.listeners().filter(|(name, _)| !["fcm", "sms"].contains(name)) {
        println!("{name:6} {addr}");
    }
    println!("Admin  {}/_sim/summary", running.admin_url());
    if let Some(ca) = &running.ca_pem {
        println!("CA     {}", ca.display());
    }
    roles::signalled().await;
    running.shutdown().await;
    Ok(())
}
