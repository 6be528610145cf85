using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Mcp;

/// <summary>A shared context as tools that act as a role.</summary>
internal static class ContextTools
{
    private const string Key = "The key, for example plan/steps: letters, digits, '-', '_' and '.', in parts that '/' separates.";

    /// <summary>The tools that a role's rights leave it, for the workflow's run that calls them.</summary>
    public static IReadOnlyList<AIFunction> Of(SharedContext context, string role)
    {
        var rights = context.RightsOf(role);
        return [.. rights.Reads.IsEmpty ? [] : Reading(context, call => ViewOf(context, role, call)), .. rights.Writes.IsEmpty ? [] : Writing(context, call => ViewOf(context, role, call))];
    }

    /// <summary>All tools, each of which finds out from its call whose context it is for whom.</summary>
    public static IReadOnlyList<AIFunction> All(SharedContext context, Func<AIFunctionArguments, ContextView> viewOf) => [.. Reading(context, viewOf), .. Writing(context, viewOf)];

    /// <summary>The version of the context that the result of a call tells, or 0.</summary>
    public static long VersionOf(TrajectoryNode call) =>
        call.Result is { ValueKind: JsonValueKind.Object } result && result.TryGetProperty("contextVersion", out var version) && version.TryGetInt64(out var number) ? number : 0;

    private static IEnumerable<AIFunction> Reading(SharedContext context, Func<AIFunctionArguments, ContextView> viewOf)
    {
        yield return new ContextTool(context, "get", "Reads a value that the team shares.",
            async Task<object> ([Description(Key)] string key, AIFunctionArguments call, CancellationToken cancellationToken) =>
            {
                var view = viewOf(call);
                var version = await view.GetVersionAsync(cancellationToken).ConfigureAwait(false);
                return await view.GetAsync(key, cancellationToken).ConfigureAwait(false) is { } entry ? Told(entry, Math.Max(version, entry.Version))
                    : new JsonObject { ["key"] = key, ["version"] = 0, ["value"] = null, ["contextVersion"] = version };
            });
        yield return new ContextTool(context, "list", "Lists what the team shares: keys, their versions and who wrote them.",
            async Task<object> (AIFunctionArguments call, CancellationToken cancellationToken, [Description("What keys begin with; empty for all.")] string prefix = "") =>
            {
                var view = viewOf(call);
                var version = await view.GetVersionAsync(cancellationToken).ConfigureAwait(false);
                var entries = await view.ListAsync(prefix, cancellationToken).ConfigureAwait(false);
                return new JsonObject { ["entries"] = new JsonArray([.. entries.Select(e => Headed(e))]), ["contextVersion"] = version };
            });
        yield return new ContextTool(context, "history", "Reads all versions of a value that the team shares, the oldest first.",
            async Task<object> ([Description(Key)] string key, AIFunctionArguments call, CancellationToken cancellationToken) =>
            {
                var view = viewOf(call);
                var version = await view.GetVersionAsync(cancellationToken).ConfigureAwait(false);
                var entries = await view.GetHistoryAsync(key, cancellationToken).ConfigureAwait(false);
                return new JsonObject { ["entries"] = new JsonArray([.. entries.Select(e => Told(e, null))]), ["contextVersion"] = version };
            });
    }

    private static IEnumerable<AIFunction> Writing(SharedContext context, Func<AIFunctionArguments, ContextView> viewOf)
    {
        yield return new ContextTool(context, "set", "Writes a value that the team shares. With expectedVersion it is written only if nobody changed it since.",
            async Task<object> ([Description(Key)] string key, [Description("The value: a text or any JSON.")] JsonElement value, AIFunctionArguments call, CancellationToken cancellationToken,
                [Description("The version that was read, 0 if there was no value; leave it out to overwrite.")] long? expectedVersion = null) =>
                await WriteAsync(context, viewOf(call), new() { Key = key, Value = value, Expected = expectedVersion }, call, cancellationToken).ConfigureAwait(false));
        yield return new ContextTool(context, "delete", "Deletes a value that the team shares. With expectedVersion it is deleted only if nobody changed it since.",
            async Task<object> ([Description(Key)] string key, AIFunctionArguments call, CancellationToken cancellationToken,
                [Description("The version that was read; leave it out to delete whatever is there.")] long? expectedVersion = null) =>
                await WriteAsync(context, viewOf(call), new() { Key = key, Expected = expectedVersion }, call, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<JsonObject> WriteAsync(SharedContext context, ContextView view, ContextChange change, AIFunctionArguments call, CancellationToken cancellationToken)
    {
        var entry = await view.WriteAsync(change with { Writer = view.Role, Token = TokenOf(context, change, call) }, cancellationToken).ConfigureAwait(false);
        return Headed(entry, entry.Version);
    }

    private static ContextView ViewOf(SharedContext context, string role, AIFunctionArguments call) => context.As(role, NoteOf(context, call)?.Run);

    private static ContextNote? NoteOf(SharedContext context, AIFunctionArguments call) => ContextNote.Of(ToolCallContext.Of(call)?.Visit.Run.Info.Notes, context.Options.Name);

    // A call that is made again, as after a kill, writes once; one that a model asks for with other arguments is another change.
    private static string? TokenOf(SharedContext context, ContextChange change, AIFunctionArguments call) => ToolCallContext.Of(call) is { } made
        ? Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new[] { NoteOf(context, call)?.Begun, made.IdempotencyKey, change.Key, change.Value?.GetRawText(), $"{change.Expected}" })))
        : null;

    private static JsonObject Headed(ContextEntry entry, long? contextVersion = null)
    {
        var told = new JsonObject { ["key"] = entry.Key, ["version"] = entry.Version, ["writer"] = entry.Writer };
        if (contextVersion is not null) told["contextVersion"] = contextVersion;
        return told;
    }

    private static JsonObject Told(ContextEntry entry, long? contextVersion)
    {
        var told = Headed(entry, contextVersion);
        told["value"] = entry.Value is { } value ? JsonSerializer.SerializeToNode(value) : null;
        return told;
    }

    /// <summary>A function whose calls are recorded as the context's.</summary>
    private sealed class ContextTool(SharedContext context, string name, string description, Delegate function)
        : DelegatingAIFunction(AIFunctionFactory.Create(function, new AIFunctionFactoryOptions
        {
            Name = $"{context.Options.Name}_{name}", Description = description, JsonSchemaCreateOptions = s_schema, MarshalResult = (result, _, _) => new(JsonSerializer.SerializeToElement((JsonObject)result!)),
        })), IServedTool
    {
        private static readonly AIJsonSchemaCreateOptions s_schema = new() { TransformOptions = new() { DisallowAdditionalProperties = true } };

        public string Server => context.Options.Name;

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
        {
            UnknownArgument.Refuse($"'{Name}'", arguments, [.. JsonSchema.GetProperty("properties").EnumerateObject().Select(p => p.Name)]);
            return base.InvokeCoreAsync(arguments, cancellationToken);
        }

        public override object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType == typeof(IServedTool) ? this : base.GetService(serviceType, serviceKey);
    }
}
