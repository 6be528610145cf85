namespace AgentTeams.Models;

/// <summary>Parameters of a model that are saved, restored and hashed together, and where their file lies.</summary>
/// <param name="Name">Unique in the model.</param>
/// <param name="Parameters">The parameters.</param>
/// <param name="Folder">The folder of its file, relative to that of the model.</param>
/// <param name="File">The file.</param>
/// <param name="Adapter">The shape of the adapter that they are, or null.</param>
internal sealed record TrainedSet(string Name, ITrainedParameters Parameters, string Folder, string File, LoraOptions? Adapter = null);
