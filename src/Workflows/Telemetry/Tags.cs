namespace AgentTeams.Workflows;

/// <summary>Names of attributes: those of OpenTelemetry's GenAI conventions, and our own under <c>agentteams.</c>.</summary>
internal static class Tags
{
    public const string Operation = "gen_ai.operation.name";
    public const string Provider = "gen_ai.provider.name";
    public const string WorkflowName = "gen_ai.workflow.name";
    public const string AgentName = "gen_ai.agent.name";
    public const string Conversation = "gen_ai.conversation.id";
    public const string RequestModel = "gen_ai.request.model";
    public const string ResponseModel = "gen_ai.response.model";
    public const string ResponseId = "gen_ai.response.id";
    public const string FinishReasons = "gen_ai.response.finish_reasons";
    public const string Temperature = "gen_ai.request.temperature";
    public const string TopP = "gen_ai.request.top_p";
    public const string TopK = "gen_ai.request.top_k";
    public const string MaxTokens = "gen_ai.request.max_tokens";
    public const string StopSequences = "gen_ai.request.stop_sequences";
    public const string Seed = "gen_ai.request.seed";
    public const string Stream = "gen_ai.request.stream";
    public const string OutputType = "gen_ai.output.type";
    public const string InputTokens = "gen_ai.usage.input_tokens";
    public const string OutputTokens = "gen_ai.usage.output_tokens";
    public const string TokenType = "gen_ai.token.type";
    public const string ToolName = "gen_ai.tool.name";
    public const string ToolCallId = "gen_ai.tool.call.id";
    public const string ToolType = "gen_ai.tool.type";
    public const string ToolDescription = "gen_ai.tool.description";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ErrorType = "error.type";

    // What was said; only where it is asked for.
    public const string InputMessages = "gen_ai.input.messages";
    public const string OutputMessages = "gen_ai.output.messages";
    public const string ToolArguments = "gen_ai.tool.call.arguments";
    public const string ToolResult = "gen_ai.tool.call.result";

    public const string RunId = "agentteams.run.id";
    public const string RunStatus = "agentteams.run.status";
    public const string Role = "agentteams.role";
    public const string NodeId = "agentteams.node.id";
    public const string NodePath = "agentteams.path";
    public const string Turn = "agentteams.turn";
    public const string Attempt = "agentteams.attempt";
    public const string Policy = "agentteams.policy";
    public const string WeightsVersion = "agentteams.weights.version";
}
