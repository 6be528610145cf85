using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>A tool whose large results are kept, and answered as references.</summary>
internal sealed class ArtifactTool(AIFunction tool, IArtifactStore store, ArtifactOptions options) : DelegatingAIFunction(tool)
{
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var value = await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false);
        // A text or a number is no artifact, and stays what the tool gave.
        if (value is null or string) return value;
        var result = ToolResult.From(value);
        return await Artifact.KeptAsync(store, options, result.Contents, cancellationToken).ConfigureAwait(false) is { } kept ? ToolResult.FromContents(kept, result.Json, result.IsError) : value;
    }
}
