using Microsoft.Extensions.AI;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Mcp;

/// <summary>
/// Roles, teams and workflows as the tools of an MCP server. Each call is a run of its own: the client is told each node as progress, can cancel, is asked where
/// a person is (elicitation), and finds what the run did as resources.
/// </summary>
/// <example>
/// <code>
/// var server = new McpTeamServer(new() { Name = "math" })
///     .AddWorkflow(workflow.Bind((string question) => new MathState(question), s => s.Value), TeamRuntime.ForAll(chatClient))
///     .AddRole(verifier, chatClient);
/// await server.RunStdioAsync(cancellationToken);
/// </code>
/// </example>
public sealed class McpTeamServer
{
    private readonly McpTeamServerOptions _options;
    private readonly ServedRuns _runs;
    private readonly McpServerPrimitiveCollection<McpServerTool> _tools = [];
    private Action<McpServerOptions>? _addition;

    /// <summary>Creates a server without tools.</summary>
    /// <param name="options">What clients are told of it.</param>
    /// <exception cref="AgentTeamsException">The options are not valid.</exception>
    public McpTeamServer(McpTeamServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        (_options, _runs) = (options, new(options.KeptRuns));
    }

    /// <summary>The server's name.</summary>
    public string Name => _options.Name;

    internal Microsoft.Extensions.Logging.ILoggerFactory LoggerFactory => _options.LoggerFactory;

    /// <summary>The names of its tools.</summary>
    public IReadOnlyList<string> Tools => [.. _tools.Select(t => t.ProtocolTool.Name)];

    /// <summary>
    /// Offers a workflow. An input that is an object gives the tool's arguments, any other is the argument <c>input</c>; an output that is an object is the
    /// structured result, any other its member <c>result</c>.
    /// </summary>
    /// <param name="workflow">The workflow, as its callers see it.</param>
    /// <param name="runtime">The models behind its roles.</param>
    /// <param name="options">Another name, a description, where runs are kept.</param>
    /// <exception cref="AgentTeamsException">The options are not valid, or there is a tool of that name.</exception>
    public McpTeamServer AddWorkflow<TInput, TOutput>(BoundWorkflow<TInput, TOutput> workflow, TeamRuntime runtime, McpServedOptions? options = null)
        where TOutput : notnull
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(runtime);
        options ??= new();
        OptionChecks.Validate(options);
        return Add(new WorkflowTool<TInput, TOutput>(workflow, runtime, options, _options, _runs));
    }

    /// <summary>Offers a role: the argument <c>input</c> is what it is asked. A role with a response schema answers in that form.</summary>
    /// <param name="role">The role, with its tools.</param>
    /// <param name="client">Its model.</param>
    /// <param name="options">Another name, a description, limits.</param>
    /// <exception cref="AgentTeamsException">The options are not valid, or there is a tool of that name.</exception>
    public McpTeamServer AddRole(Role role, IChatClient client, McpServedOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(client);
        options ??= new();
        OptionChecks.Validate(options);
        var runtime = TeamRuntime.ForAll(client);
        return role.Options.ResponseSchema is { } schema
            ? Add(new WorkflowTool<string, System.Text.Json.JsonElement>(ServedRole.Structured(role), runtime, options, _options, _runs, schema))
            : Add(new WorkflowTool<string, string>(ServedRole.Text(role), runtime, options, _options, _runs));
    }

    /// <summary>Offers a tool as it is, beside the team.</summary>
    /// <param name="tool">The tool.</param>
    /// <exception cref="AgentTeamsException">There is a tool of that name.</exception>
    public McpTeamServer AddTool(AIFunction tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        return Add(new CheckedTool(McpServerTool.Create(new ToolResultFunction(tool))));
    }

    /// <summary>Serves the process's standard streams, until the client closes them. Nothing else may write to standard output meanwhile.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunStdioAsync(CancellationToken cancellationToken = default)
    {
        var transport = new StdioServerTransport(Name, _options.LoggerFactory);
        await using (transport.ConfigureAwait(false)) await RunAsync(transport, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Serves one client over two streams, until it closes them.</summary>
    /// <param name="input">What the client writes.</param>
    /// <param name="output">What the client reads.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Stream input, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        var transport = new StreamServerTransport(input, output, Name, _options.LoggerFactory);
        await using (transport.ConfigureAwait(false)) await RunAsync(transport, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts tools and resources into options of the MCP SDK, for a host of its own, such as ASP.NET Core.</summary>
    /// <param name="options">What is changed: name, instructions, tools, and the handlers of resources.</param>
    public void Configure(McpServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ServerInfo = new() { Name = _options.Name, Version = _options.Version };
        options.ServerInstructions = _options.Instructions;
        options.ToolCollection = _tools;
        if (_options.KeptRuns > 0) _runs.AddTo(options.Handlers);
        _addition?.Invoke(options);
    }

    private async Task RunAsync(ITransport transport, CancellationToken cancellationToken)
    {
        var options = new McpServerOptions();
        Configure(options);
        var server = McpServer.Create(transport, options, _options.LoggerFactory);
        await using (server.ConfigureAwait(false)) await server.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Offers tools, and adds to the options of each connection what goes with them.</summary>
    internal McpTeamServer Add(IEnumerable<McpServerTool> tools, Action<McpServerOptions> addition)
    {
        if (_addition is not null) throw new AgentTeamsException($"The server '{Name}' offers a shared context already, and only one can own its clients' subscriptions. Serve the other one by a server of its own.");
        foreach (var tool in tools) Add(tool);
        _addition = addition;
        return this;
    }

    private McpTeamServer Add(McpServerTool tool)
    {
        var name = tool.ProtocolTool.Name;
        return _tools.TryAdd(tool) ? this : throw new AgentTeamsException($"The server '{Name}' has a tool '{name}' already. Give this one another name by McpServedOptions.Name.");
    }
}
