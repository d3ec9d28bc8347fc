//! Replays of the executions of a function on its present program.

use super::Engine;
use crate::http::Client;
use crate::process::Function;
use crate::replay_check::{Program, Report, Wanted, replay};

impl Engine {
    /// Replays executions of a function on its present program, without changing them, until the client that
    /// asks for it hangs up: others wait for their turn.
    ///
    /// # Errors
    ///
    /// If the program cannot be started, or the client has gone.
    pub(crate) async fn replay_check(
        &self,
        function: &Function,
        wanted: Wanted,
        client: Option<&Client>,
    ) -> Result<Report, String> {
        let gone = async {
            match client {
                Some(client) => client.closed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            report = self.replayed(function, wanted) => report,
            () = gone => Err("the client has closed its connection".to_owned()),
        }
    }

    async fn replayed(&self, function: &Function, wanted: Wanted) -> Result<Report, String> {
        // One after the other: each has a process of its own, and may take long.
        let _turn = self.replays.lock().await;
        let config = function.config();
        let settings = self.fleet.settings().clone();
        let program = Program::new(config.clone(), settings).await?;
        let arns = self.look(|world, _| wanted.select(&world.service, &config.name));
        let replayed = replay(&program, arns, |arn, show| {
            self.look(|world, _| {
                if let Ok(execution) = world.service.execution(arn) {
                    show(execution);
                }
            });
        });
        let report = replayed.await.map(|all| Report::new(&config.name, &all));
        program.end().await;
        report
    }
}
