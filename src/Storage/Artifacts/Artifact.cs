using System.Security.Cryptography;
using Microsoft.Extensions.AI;

namespace AgentTeams.Storage;

/// <summary>References to artifacts: contents that say where data lie, in place of the data.</summary>
/// <example>
/// <code>
/// var image = await Artifact.KeepAsync(store, new DataContent(bytes, "image/png"));
/// var state = new Report("What is on it?", image.Uri.ToString());
/// </code>
/// </example>
public static class Artifact
{
    /// <summary>The scheme of a reference's address.</summary>
    public const string Scheme = "artifact";

    private const string NameProperty = "name";
    private const string SizeProperty = "size";
    private const string Prefix = "sha256-";

    /// <summary>The id of data: <c>sha256-</c> and 64 hexadecimal digits.</summary>
    public static string IdOf(ReadOnlyMemory<byte> data) => Prefix + Convert.ToHexStringLower(SHA256.HashData(data.Span));

    /// <summary>Keeps data and gives a reference to them, which goes into messages, states and records in their place.</summary>
    /// <param name="store">Where.</param>
    /// <param name="content">The data.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>A <see cref="UriContent"/> with the address <c>artifact:ID</c>, the media type, the size and, where there is one, the name.</returns>
    public static async ValueTask<UriContent> KeepAsync(IArtifactStore store, DataContent content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(content);
        var id = await store.PutAsync(content.Data, cancellationToken).ConfigureAwait(false);
        var properties = content.AdditionalProperties?.Clone() ?? [];
        properties[SizeProperty] = content.Data.Length;
        if (content.Name is { Length: > 0 } name) properties[NameProperty] = name;
        return new($"{Scheme}:{id}", content.MediaType) { AdditionalProperties = properties };
    }

    /// <summary>Whether a content is a reference.</summary>
    /// <param name="content">The content.</param>
    /// <param name="id">The artifact's id.</param>
    public static bool IsReference(AIContent content, out string id)
    {
        id = content is UriContent { Uri: { Scheme: Scheme } uri } ? uri.AbsolutePath : "";
        return id.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>The data that a reference stands for.</summary>
    /// <param name="store">Where they lie.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="ArtifactException">It is no reference, or the data are not there.</exception>
    public static async ValueTask<DataContent> FindAsync(IArtifactStore store, UriContent reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(reference);
        if (!IsReference(reference, out var id)) throw new ArtifactException($"'{reference.Uri}' refers to no artifact. Give what Artifact.KeepAsync returned.");
        var data = await store.FindAsync(id, cancellationToken).ConfigureAwait(false)
            ?? throw new ArtifactException($"The artifact '{id}' ({reference.MediaType}) is not in the store. Use the store that it was kept in, or restore it from a copy.");
        return new(data, reference.MediaType) { Name = reference.AdditionalProperties?.GetValueOrDefault(NameProperty)?.ToString() };
    }

    /// <summary>Keeps large data of contents; null where there are none.</summary>
    internal static async ValueTask<List<AIContent>?> KeptAsync(IArtifactStore store, ArtifactOptions options, IEnumerable<AIContent> contents, CancellationToken cancellationToken)
    {
        List<AIContent> all = [.. contents];
        if (!all.OfType<DataContent>().Any(d => d.Data.Length >= options.MinBytes)) return null;
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i] is DataContent data && data.Data.Length >= options.MinBytes) all[i] = await KeepAsync(store, data, cancellationToken).ConfigureAwait(false);
        }

        return all;
    }

    /// <summary>Puts data in place of references; null where there are none.</summary>
    internal static async ValueTask<List<AIContent>?> FoundAsync(IArtifactStore store, IEnumerable<AIContent> contents, CancellationToken cancellationToken)
    {
        List<AIContent> all = [.. contents];
        var found = false;
        for (var i = 0; i < all.Count; i++)
        {
            if (IsReference(all[i], out _)) (all[i], found) = (await FindAsync(store, (UriContent)all[i], cancellationToken).ConfigureAwait(false), true);
            else if (all[i] is FunctionResultContent { Result: IEnumerable<AIContent> inner } result && await FoundAsync(store, inner, cancellationToken).ConfigureAwait(false) is { } resolved)
                (all[i], found) = (new FunctionResultContent(result.CallId, resolved) { Exception = result.Exception, AdditionalProperties = result.AdditionalProperties }, true);
        }

        return found ? all : null;
    }
}

/// <summary>What becomes an artifact.</summary>
public sealed record ArtifactOptions : IChecked
{
    /// <summary>Data of at least this size are kept as artifacts; smaller ones stay where they are.</summary>
    /// <value>Bytes, at least 0; 1024 by default.</value>
    public int MinBytes { get; init; } = 1024;

    void IChecked.Check(OptionChecks checks) => checks.AtLeast(0, MinBytes);
}
