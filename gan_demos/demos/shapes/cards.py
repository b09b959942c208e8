"""The words of the model cards; the numbers come from `evaluation`."""

MODELNET = (
    "ModelNet10 (Wu et al. 2015, 3D ShapeNets, https://modelnet.cs.princeton.edu/): bathtubs, beds, chairs, desks, dressers, monitors, "
    "night stands, sofas, tables and toilets, all turned to face the viewer. Held out: ModelNet10's own test split (906 shapes); of its "
    "training split a tenth, by the hash of its names, chose the checkpoint; the rest trained it."
)
HOUSEHOLD_VOXELS = (
    f"{MODELNET} Filled voxels: the longest side of a shape takes 24 of 32 voxels. Sixteen nearly empty grids were left out; chairs are "
    "from a set with finer legs."
)
HOUSEHOLD_POINTS = f"{MODELNET} 1,024 points spread over each surface, scaled into the unit ball."
AIRPLANES = (
    "The airplanes of ModelNet40 (Wu et al. 2015, https://modelnet.cs.princeton.edu/): 726, of which ModelNet's last 100 are held out and "
    "a tenth of the others, by the hash of their names, chose the checkpoint."
)
FINE = (
    f"{AIRPLANES} Furniture: 242 models of Sweet Home 3D's catalogue (Debian package sweethome3d-furniture) in six kinds, a tenth of them, "
    "by the hash of their numbers, held out. Filled voxels, 64 a side. Besides, ModelNet10's chairs, tables, sofas and beds at 32 a side."
)
RESEARCH = (
    "ModelNet is offered for research; its models were collected from the web, and the rights to each lie with its author. The models "
    "themselves are not part of this project. Weights: Apache-2.0 for what is ours; whoever uses them commercially has to judge what "
    "their data allows."
)
FINE_LICENCE = f"{RESEARCH} Sweet Home 3D's models: CC-BY-3.0 (eTeks, Scopia, Kator Legaz and other contributors) and CC0, by model."
OBJECTIVE = (
    "Relativistic pairing loss with zero-centred gradient penalties every sixteenth step (Huang et al. 2024), wrong classes at half "
    "weight, averaged weights."
)
VOXELS = (
    "3D-GAN (Wu et al. 2016, https://arxiv.org/abs/1610.07584) with these differences: class-conditional (scale and shift in the "
    "generator, projection in the critic); the widest layers work at 8³ and first and last layers are voxel shuffles, so that two CPU "
    f"cores can train it. {OBJECTIVE} Real grids are softened a little, so that the generator learns where between two voxels a surface "
    "lies; what critics see is mirrored left to right and moved by up to a voxel."
)
MENDER = (
    "What the game hardly learns, thin legs that hold, a second stage does: a denoising autoencoder (Vincent et al. 2008) in the form of a "
    "small U-Net, trained by cross-entropy to make whole what was torn, which is real grids with thin parts faint or missing, gaps, crumbs "
    "and uneven surfaces."
)
FINER = (
    f"{VOXELS} {MENDER} Game and mending are at 32³ (a voxel is filled there if a quarter of its eight is) and begin with the weights of "
    "voxels-household; seven in ten of the real shapes are given other proportions, and half of the chairs, tables, sofas and beds are "
    "ModelNet10's, made larger. Five further layers, trained on 64³ alone, make that of it."
)
LGAN = (
    "l-GAN of Achlioptas et al. 2018 (https://arxiv.org/abs/1707.02392): PointNet autoencoder by Chamfer distance, codes of 128 numbers, "
    "then a GAN on the codes of the training clouds and of their mirror images. Differences: no batch norm, one more decoder layer, one "
    f"autoencoder and one class-conditional GAN for all classes, a wider GAN. {OBJECTIVE.replace('sixteenth', 'fourth')}"
)
RGAN = (
    "r-GAN of Achlioptas et al. 2018 (https://arxiv.org/abs/1707.02392), the paper's comparison: a perceptron draws the points, a PointNet "
    "judges them. Differences: class-conditional; the critic is smaller, looks at 512 points of a cloud at a time, at their mean beside "
    "their largest values, and judges two clouds of a class beside each other (PacGAN, https://arxiv.org/abs/1712.04086); weights begin "
    f"such that latents make a difference (He et al. 2015), without which all came out alike. {OBJECTIVE.replace('sixteenth', 'fourth')} "
)
THINNER = "Once trained, the last layer was replaced by two along the principal components of drawn clouds: points move by {}."
SHEETS = {
    "samples.png": "Sixty shapes of fixed seeds, not chosen, classes in turn, each from three sides.",
    "nearest.png": "Does it copy? Shapes of seed 0, each followed by the training shape that is most like it.",
}

ABOUT = {
    "voxels-household": {
        "title": "Voxel GAN, household things",
        "summary": "One of ten classes and a latent → how much each of 32 × 32 × 32 voxels is filled.",
        "data": HOUSEHOLD_VOXELS,
        "licence": RESEARCH,
        "differences": f"{VOXELS} {MENDER}",
        "pictures": SHEETS,
    },
    "voxels-fine": {
        "title": "Voxel GAN, airplanes and furniture",
        "summary": "Airplane or one of six kinds of furniture, and a latent → how much each of 64 × 64 × 64 voxels is filled.",
        "data": FINE,
        "licence": FINE_LICENCE,
        "differences": FINER,
        "pictures": SHEETS,
    },
    "points-household": {
        "title": "Point-cloud GAN on codes (l-GAN), household things",
        "summary": "One of ten classes and a latent → 1,024 points; and an autoencoder of such clouds.",
        "data": HOUSEHOLD_POINTS,
        "licence": RESEARCH,
        "differences": f"{LGAN} {THINNER.format('0.002')}",
        "pictures": SHEETS,
    },
    "points-airplanes": {
        "title": "Point-cloud GAN on codes (l-GAN), airplanes",
        "summary": "A latent → 2,048 points of an airplane; and an autoencoder of such clouds.",
        "data": f"{AIRPLANES} 2,048 points on each surface.",
        "licence": RESEARCH,
        "differences": f"{LGAN} {THINNER.format('0.001')}",
        "pictures": SHEETS,
    },
    "points-raw-household": {
        "title": "Point-cloud GAN on points (r-GAN), household things",
        "summary": "One of ten classes and a latent → 1,024 points; a comparison, not what the tab begins with.",
        "data": HOUSEHOLD_POINTS,
        "licence": RESEARCH,
        "differences": RGAN + THINNER.format("0.002"),
        "pictures": SHEETS,
    },
    "points-raw-airplanes": {
        "title": "Point-cloud GAN on points (r-GAN), airplanes",
        "summary": "A latent → 2,048 points of an airplane; a comparison, not what the tab begins with.",
        "data": f"{AIRPLANES} 2,048 points on each surface.",
        "licence": RESEARCH,
        "differences": RGAN + THINNER.format("0.001"),
        "pictures": SHEETS,
    },
    "judge-shapes": {
        "title": "Judge of household shapes",
        "summary": "Which of ten classes a grid of 32 × 32 × 32 filled or empty voxels shows; scores the voxel GAN.",
        "data": (
            "ModelNet10 (https://modelnet.cs.princeton.edu/) as filled voxels, all turned to face the viewer; chairs from a set with finer "
            "legs. Trained on the whole training split, held out: ModelNet10's own test split (906 shapes)."
        ),
        "licence": RESEARCH,
        "differences": (
            "A small 3D convolutional network. Training shapes are mirrored, moved by up to two voxels, and their surfaces gnawed at, as a "
            "generator's may be."
        ),
    },
}

POINTS_NOTES = [
    "Points are no surface: the tab's surface is a skin within a fixed distance of them, hollow inside, and it closes small gaps.",
    "ModelNet's chairs and airplanes are not ShapeNet's, and these clouds have another number of points than the published ones: the "
    "published numbers stand beside ours to show the order of things.",
]
RAW = (
    "A comparison: told from real shapes more easily than the l-GAN's by Chamfer distance, in the order of the published r-GAN, but its "
    "points lie more evenly, as the earth mover's distance says."
)
# What was seen that the numbers do not say.
NOTES: dict[str, list[str]] = {
    "voxels-household": [
        "The data itself is coarse (24 voxels along the longest side): handles and taps are one voxel thick or missing. Dressers and night "
        "stands are filled boxes, hard to tell apart for anybody.",
        "Of the sixty shapes of the sheet a bathtub with thin walls and a corner desk fell to pieces, and four of six tables have legs "
        "that are torn or end early. Shapes are less various than real ones, as coverage and 1-NNA say.",
    ],
    "voxels-fine": [
        "Of the sixty shapes of the sheet airplanes, sofas, beds and cabinets are whole; half of the chairs and tables have legs that are "
        "torn or run together; of eight lamps two are lamps: there are 23 to learn from. Each kind of furniture has a few dozen training "
        "shapes at 64³, and what is new in one is not always for the better, see the nearest training shapes.",
        "No judge knows these classes; the Fréchet distance uses that of the household shapes on halved grids.",
    ],
    "points-household": [
        *POINTS_NOTES,
        "Each point is near the shape, but they lie unevenly on it: the Chamfer distance does not mind, the earth mover's does.",
    ],
    "points-airplanes": [
        *POINTS_NOTES,
        "Most are airliners, as in the data, and face one of two ways, as there; small and old types come out fuzzy. Points lie unevenly.",
    ],
    "points-raw-household": [
        *POINTS_NOTES, RAW,
        "Of the sixty shapes of the sheet all show their kind; surfaces are rough, legs thick or split, and seeds of one kind differ less "
        "than real shapes do.",
    ],
    "points-raw-airplanes": [
        *POINTS_NOTES, RAW,
        "Of the sixty airplanes of the sheet about six are crumbs. Most are of two or three types; all have a few stray points.",
    ],
    "judge-shapes": [
        "Desks and tables, and dressers and night stands, are mistaken for one another: their accuracies below the mean are the data's."
    ],
}
