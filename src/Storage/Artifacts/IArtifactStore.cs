namespace AgentTeams.Storage;

/// <summary>Where images and other large contents lie, once each, whoever refers to them. Called concurrently.</summary>
public interface IArtifactStore
{
    /// <summary>Keeps data; what is there already is kept once.</summary>
    /// <param name="data">The data.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Its id, <c>sha256-</c> and 64 hexadecimal digits.</returns>
    ValueTask<string> PutAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <summary>The data of an id; null where it is not there.</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="ArtifactException">The data are not what was kept.</exception>
    ValueTask<ReadOnlyMemory<byte>?> FindAsync(string id, CancellationToken cancellationToken = default);
}

/// <summary>An artifact is not there, or not what was kept.</summary>
public sealed class ArtifactException : AgentTeamsException
{
    /// <summary>Creates an exception without a message; prefer the other constructors.</summary>
    public ArtifactException() { }

    /// <summary>Creates an exception with a message.</summary>
    public ArtifactException(string message) : base(message) { }

    /// <summary>Creates an exception with a message and a cause.</summary>
    public ArtifactException(string message, Exception? innerException) : base(message, innerException) { }
}
