using Microsoft.Extensions.AI;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Mcp;

/// <content>Resources and prompts.</content>
public sealed partial class McpToolset
{
    /// <summary>The resources and the templates of resources that the server offers; none where it offers no resources.</summary>
    /// <exception cref="McpToolException">The server failed.</exception>
    public async Task<IReadOnlyList<McpResource>> ListResourcesAsync(CancellationToken cancellationToken = default)
    {
        if (!Info.Capabilities.Contains("resources")) return [];
        var resources = await _connection.AskAsync("resources", (c, token) => McpListing.AllAsync(c, RequestMethods.ResourcesList, "resources", token), cancellationToken).ConfigureAwait(false);
        var templates = await _connection.AskAsync("resources", (c, token) => McpListing.AllAsync(c, RequestMethods.ResourcesTemplatesList, "resourceTemplates", token), cancellationToken).ConfigureAwait(false);
        return [.. resources.Where(IsObject).Select(r => McpListing.Resource(r, isTemplate: false)), .. templates.Where(IsObject).Select(t => McpListing.Resource(t, isTemplate: true))];
    }

    /// <summary>Reads a resource now: texts in <see cref="ToolResult.Text"/>, texts and data in <see cref="ToolResult.Contents"/>. In a workflow, <see cref="Resource"/> reads and records it.</summary>
    /// <exception cref="McpToolException">The server failed, or has no such resource.</exception>
    public Task<ToolResult> ReadResourceAsync(string uri, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uri);
        return McpContext.ReadAsync(_connection, uri, null, cancellationToken);
    }

    /// <summary>Hears of changes of a resource, over reconnections too, until what is returned is disposed.</summary>
    /// <param name="uri">The resource's address.</param>
    /// <param name="changed">Is given the address after each change; read it again for what it is now.</param>
    /// <param name="cancellationToken">Stops subscribing.</param>
    /// <exception cref="McpToolException">The server failed, or does not tell of changes.</exception>
    public Task<IAsyncDisposable> SubscribeAsync(string uri, Func<string, ValueTask> changed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(changed);
        return _connection.AskAsync(uri, (c, token) => _connection.Subscriptions.AddAsync(c, uri, changed, token), cancellationToken);
    }

    /// <summary>A resource as a function, for a node that reads it where a run uses it, or for a role that may read it. Both are recorded like tool calls.</summary>
    /// <param name="uri">Its address; the variables of a template, such as <c>docs://{topic}</c>, are the function's arguments.</param>
    /// <param name="name">The function's name: letters, digits, '_' and '-'.</param>
    /// <exception cref="AgentTeamsException">The template has expressions that are not known.</exception>
    public AIFunction Resource(string uri, string name)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var template = new UriTemplateText(uri);
        template.Check();
        return new McpContextFunction(_connection, name, $"Reads {uri}.", [.. template.Variables.Select(v => new McpPromptArgument(v, "", IsRequired: true))],
            (values, context, token) => McpContext.ReadAsync(_connection, template.Fill(values), context, token));
    }

    /// <summary>The prompts that the server offers; none where it offers no prompts.</summary>
    /// <exception cref="McpToolException">The server failed.</exception>
    public async Task<IReadOnlyList<McpPrompt>> ListPromptsAsync(CancellationToken cancellationToken = default)
    {
        if (!Info.Capabilities.Contains("prompts")) return [];
        return [.. (await _connection.AskAsync("prompts", (c, token) => McpListing.AllAsync(c, RequestMethods.PromptsList, "prompts", token), cancellationToken).ConfigureAwait(false)).Where(IsObject).Select(McpListing.Prompt)];
    }

    /// <summary>The messages of a prompt now.</summary>
    /// <param name="name">The prompt's name.</param>
    /// <param name="arguments">Its arguments; null for none.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="McpToolException">The server failed, or has no such prompt.</exception>
    public Task<IReadOnlyList<ChatMessage>> GetPromptAsync(string name, IReadOnlyDictionary<string, string>? arguments = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return McpContext.PromptAsync(_connection, name, arguments ?? new Dictionary<string, string>(), null, cancellationToken);
    }

    private static bool IsObject(System.Text.Json.JsonElement listed) => listed.ValueKind == System.Text.Json.JsonValueKind.Object;

    /// <summary>A prompt as a function, for a node that gets it where a run uses it. Its result holds the contents of all messages.</summary>
    public AIFunction Prompt(McpPrompt prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return new McpContextFunction(_connection, prompt.Name, prompt.Description, prompt.Arguments, async (values, context, token) =>
            ToolResult.FromContents([.. (await McpContext.PromptAsync(_connection, prompt.Name, values, context, token).ConfigureAwait(false)).SelectMany(m => m.Contents)]));
    }
}
