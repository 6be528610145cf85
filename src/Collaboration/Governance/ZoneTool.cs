using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>A tool at the boundary: inside of the zone its body is given secrets; what it answers is protected, errors too.</summary>
internal sealed class ZoneTool(AIFunction tool, SecretVault vault, bool reveals) : DelegatingAIFunction(tool)
{
    // Models outside are offered tools, too, and traces tell what they are.
    public override string Description { get; } = vault.Protect(tool.Description);

    public override JsonElement JsonSchema { get; } = SecretJson.Change(tool.JsonSchema, vault.Protect) ?? tool.JsonSchema;

    public override JsonElement? ReturnJsonSchema { get; } = tool.ReturnJsonSchema is { } schema ? SecretJson.Change(schema, vault.Protect) ?? schema : null;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (reveals) arguments = new(SecretContents.Renamed(arguments, vault.Reveal, (_, value) => SecretContents.Value(value, vault.Reveal))) { Services = arguments.Services, Context = arguments.Context };
        object? answer;
        try
        {
            answer = await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!ReferenceEquals(SecretContents.Safe(vault, e), e))
        {
            throw SecretContents.Safe(vault, e);
        }

        var result = ToolResult.From(answer);
        var safe = vault.Protect(result);
        var known = safe with { Text = vault.WithoutUnknown(safe.Text) };
        return ReferenceEquals(safe, result) && known.Text == result.Text ? answer : known;
    }
}
