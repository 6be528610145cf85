using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>A tool at the boundary: inside of the zone its body is given secrets; what it answers is protected, errors too.</summary>
internal sealed class ZoneTool(AIFunction tool, SecretVault vault, bool reveals) : DelegatingAIFunction(tool)
{
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (reveals) arguments = new(arguments.ToDictionary(a => a.Key, a => SecretContents.Value(a.Value, vault.Reveal))) { Services = arguments.Services, Context = arguments.Context };
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
