//! What names stand for: parameters, pseudo parameters, resources and their attributes.

use super::{Resolved, Scope};
use crate::node::Node;
use crate::value::Value;

impl Scope<'_> {
    /// The value of a name.
    pub(super) fn reference(&self, name: &str) -> Resolved {
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return self.pseudo(pseudo);
        }
        if let Some(value) = self.parameters.get(name) {
            return match value {
                Value::Unresolved(unresolved) => Err(unresolved.reason.clone()),
                value => Ok(Some(value.clone())),
            };
        }
        if self.resources.contains_key(name) {
            return self.resource(name).map(Some);
        }
        if let Some((function, part @ ("Alias" | "Version"))) = name.split_once('.') {
            let value = self.attribute(function, part)?;
            return Ok(Some(value));
        }
        match self.alias_of_sam(name) {
            Some(function) => self.attribute(&function, "Alias").map(Some),
            None => Err(format!("{name} is not in the template")),
        }
    }

    fn pseudo(&self, name: &str) -> Resolved {
        let inputs = self.inputs;
        let text = match name {
            "Region" => inputs.region.clone(),
            "AccountId" => inputs.account.clone(),
            "Partition" => self.partition().to_owned(),
            "URLSuffix" if self.partition() == "aws-cn" => "amazonaws.com.cn".to_owned(),
            "URLSuffix" => "amazonaws.com".to_owned(),
            "StackName" => inputs.stack_name.clone(),
            "StackId" => format!(
                "arn:{}:cloudformation:{}:{}:stack/{}/00000000-0000-4000-8000-000000000000",
                self.partition(),
                inputs.region,
                inputs.account,
                inputs.stack_name
            ),
            "NotificationARNs" => return Ok(Some(Value::List(Vec::new()))),
            "NoValue" => return Ok(None),
            _ => return Err(format!("AWS::{name} is not a pseudo parameter")),
        };
        Ok(Some(Value::Text(text)))
    }

    fn partition(&self) -> &'static str {
        if self.inputs.region.starts_with("cn-") {
            "aws-cn"
        } else if self.inputs.region.starts_with("us-gov-") {
            "aws-us-gov"
        } else {
            "aws"
        }
    }

    /// What `Ref` of a resource returns.
    fn resource(&self, id: &str) -> Result<Value, String> {
        self.must_exist(id)?;
        match self.kind(id) {
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => self.known_name(id),
            "AWS::Lambda::Alias" => {
                let (function, alias) = self.alias(id)?;
                Ok(Value::Text(format!("{}:{alias}", self.arn(&function)?)))
            }
            "AWS::Lambda::Version" => {
                let (function, version) = self.version(id)?;
                Ok(Value::Text(format!("{}:{version}", self.arn(&function)?)))
            }
            "AWS::Logs::LogGroup" => match self.log_group_name(id) {
                Value::Unresolved(unresolved) => Err(unresolved.reason),
                name => Ok(name),
            },
            _ => Err(self.known_on_aws(id)),
        }
    }

    /// What `Fn::GetAtt` of a resource returns.
    pub(super) fn attribute(&self, id: &str, attribute: &str) -> Result<Value, String> {
        if !self.resources.contains_key(id) {
            return Err(format!("{id} is not in the template"));
        }
        self.must_exist(id)?;
        let unknown = || Err(format!("{id}.{attribute} is known on AWS only"));
        match (self.kind(id), attribute) {
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", _) => {
                let arn = self.arn(id)?;
                let published = self.publishes(id)?;
                match (attribute, published) {
                    ("Arn", _) => Ok(Value::Text(arn)),
                    ("Alias", Some(alias)) => Ok(Value::Text(format!("{arn}:{alias}"))),
                    ("Version", Some(_)) => Ok(Value::Text(format!("{arn}:1"))),
                    _ => unknown(),
                }
            }
            ("AWS::Lambda::Alias", "AliasArn") | ("AWS::Lambda::Version", "FunctionArn") => {
                self.resource(id)
            }
            ("AWS::Lambda::Version", "Version") => Ok(Value::Text(self.version(id)?.1)),
            ("AWS::Serverless::Application" | "AWS::CloudFormation::Stack", _) => {
                let Some(output) = attribute.strip_prefix("Outputs.") else {
                    return unknown();
                };
                let stack = self.nested(id)?;
                match stack.outputs.get(output) {
                    Some(Value::Unresolved(unresolved)) => Err(unresolved.reason.clone()),
                    Some(value) => Ok(value.clone()),
                    None => Err(format!("the stack {id} has no output {output}")),
                }
            }
            _ => Err(self.known_on_aws(id)),
        }
    }

    fn must_exist(&self, id: &str) -> Result<(), String> {
        if self.exists(id)? {
            return Ok(());
        }
        let condition = self.resources.get(id).and_then(|it| it.get("Condition"));
        let condition = condition.and_then(Node::as_text).unwrap_or_default();
        Err(format!(
            "{id} is not created: its Condition {condition} does not hold"
        ))
    }

    pub(super) fn known_on_aws(&self, id: &str) -> String {
        let kind = self.kind(id);
        let kind = if kind.is_empty() { "resource" } else { kind };
        format!("{id} is an {kind} on AWS")
    }

    /// The type of a resource.
    pub(super) fn kind(&self, id: &str) -> &str {
        let resource = self.resources.get(id);
        let kind = resource.and_then(|resource| resource.get("Type")?.as_text());
        kind.unwrap_or_default()
    }

    /// ARN of a function, without a qualifier.
    pub(super) fn arn(&self, id: &str) -> Result<String, String> {
        let name = super::text_of(&self.known_name(id)?)?;
        let (region, account) = (&self.inputs.region, &self.inputs.account);
        Ok(format!("arn:aws:lambda:{region}:{account}:function:{name}"))
    }

    fn known_name(&self, id: &str) -> Result<Value, String> {
        match self.function_name(id) {
            Value::Unresolved(unresolved) => Err(unresolved.reason),
            name => Ok(name),
        }
    }
}
