using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>Lets models and tools work with artifacts, so that states, journals, trajectories and stores hold references and no data.</summary>
public static class Artifacts
{
    /// <summary>A client that gives its model the data that references stand for, and answers with references to the data that the model gives.</summary>
    /// <param name="client">The model.</param>
    /// <param name="store">Where artifacts lie.</param>
    /// <param name="options">What becomes one; every value has a default.</param>
    /// <example>
    /// <code>
    /// var runtime = TeamRuntime.ForAll(client.WithArtifacts(new FolderArtifactStore("artifacts")));
    /// </code>
    /// </example>
    public static IChatClient WithArtifacts(this IChatClient client, IArtifactStore store, ArtifactOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(store);
        options ??= new();
        OptionChecks.Validate(options);
        return new ArtifactChatClient(client, store, options);
    }

    /// <summary>A tool, also of an MCP server, that answers with references to the images and other data which it gives.</summary>
    /// <param name="tool">The tool.</param>
    /// <param name="store">Where artifacts lie.</param>
    /// <param name="options">What becomes one; every value has a default.</param>
    public static AIFunction WithArtifacts(this AIFunction tool, IArtifactStore store, ArtifactOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tool);
        ArgumentNullException.ThrowIfNull(store);
        options ??= new();
        OptionChecks.Validate(options);
        return new ArtifactTool(tool, store, options);
    }
}
