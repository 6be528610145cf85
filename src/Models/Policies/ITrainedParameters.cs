using System.Security.Cryptography;

namespace AgentTeams.Models;

/// <summary>What checkpoints need of parameters that are trained together, wherever an engine keeps them.</summary>
internal interface ITrainedParameters
{
    /// <summary>How many values there are.</summary>
    long Count { get; }

    /// <summary>How many updates they have received.</summary>
    long Updates { get; }

    /// <summary>How many of the updates the optimiser's moments come from; 0 where there are none.</summary>
    long OptimizerSteps { get; }

    /// <summary>The tensors as they are to be written.</summary>
    IReadOnlyList<SafeTensorSource> Export();

    /// <summary>The optimiser's moments as they are to be written.</summary>
    IReadOnlyList<SafeTensorSource> ExportMoments();

    /// <summary>Whether values differ from those they were made or loaded with, so that a checkpoint must hold them.</summary>
    bool IsChanged { get; }

    /// <summary>Refuses a folder that <see cref="Import"/> could not read to its end, or that holds something else; nothing is changed.</summary>
    void Check(CheckpointFolder folder);

    /// <summary>Refuses a file that <see cref="ImportUpdates"/> could not read to its end; nothing is changed.</summary>
    void CheckMoments(SafeTensorsFile file);

    /// <summary>Takes over values by name after <see cref="Check"/>; forgets moments and updates.</summary>
    /// <param name="folder">Holds the values.</param>
    /// <param name="trained">Whether they were trained, so that float32 must be kept.</param>
    void Import(CheckpointFolder folder, bool trained);

    /// <summary>Takes over how many updates were received, and the moments of the last ones.</summary>
    /// <param name="updates">How many updates the values come from.</param>
    /// <param name="optimizerSteps">How many of them the moments come from.</param>
    /// <param name="moments">The moments; null where they come from none.</param>
    void ImportUpdates(long updates, long optimizerSteps, SafeTensorsFile? moments);

    /// <summary>Gives back the memory of gradients and moments; the next update begins with none.</summary>
    void ReleaseOptimizer();

    /// <summary>All values in float32, tensor by tensor.</summary>
    float[] Read();

    /// <summary>Replaces all values, which become float32.</summary>
    /// <param name="values">As many as there are.</param>
    /// <param name="isUpdate">Whether this counts as an update.</param>
    void Write(ReadOnlySpan<float> values, bool isUpdate);

    /// <summary>Takes over the values of parameters of the same shape and engine, which counts as an update; the optimiser begins anew.</summary>
    void Restore(ITrainedParameters from);

    /// <summary>Adds all values to a hash.</summary>
    void AppendTo(IncrementalHash hash);
}
