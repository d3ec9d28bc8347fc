//! The emulator that comes with the Python SDK.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::python;
use crate::serving::Serving;

/// A running emulator, with the server that runs its functions.
pub(crate) struct Emulator {
    child: Child,
    address: SocketAddr,
    _functions: Serving,
}

impl Emulator {
    /// Starts an emulator, and the server that runs its functions.
    pub(crate) async fn start(functions: impl FnOnce(&str) -> Serving) -> Self {
        // A port that is free now: the emulator does not accept port 0.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let endpoint = format!("http://{address}");
        let functions = functions(&endpoint);
        let child = Command::new(python::program("dex-local-runner"))
            .args([
                "start-server",
                "--host",
                "127.0.0.1",
                "--log-level",
                "CRITICAL",
            ])
            .args(["--port", &address.port().to_string()])
            .args([
                "--lambda-endpoint",
                &format!("http://{}", functions.address),
            ])
            .args(["--local-runner-endpoint", &endpoint])
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the peers are installed");
        let emulator = Self {
            child,
            address,
            _functions: functions,
        };
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        emulator
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
