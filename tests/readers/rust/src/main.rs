//! Says who one is as the profile that is named, as any program does that uses the AWS SDK for Rust.

use aws_config::BehaviorVersion;
use aws_sdk_sts::error::DisplayErrorContext;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let profile = std::env::args().nth(1).expect("the name of a profile");
    let found = aws_config::defaults(BehaviorVersion::latest()).profile_name(profile).load().await;
    match aws_sdk_sts::Client::new(&found).get_caller_identity().send().await {
        Ok(identity) => {
            println!("{}", identity.arn().unwrap_or_default());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", DisplayErrorContext(&error));
            ExitCode::FAILURE
        }
    }
}
